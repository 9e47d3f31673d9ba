package io.lighterage.peer.exchange;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.swarm.Pace;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.Frame;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Chunks that came and were not told to others yet. They wait for more of them: a frame to every neighbour for each
 * chunk would cost more than the chunk. Guarded by the lock of {@link NodeSwarm}, whose links it reads.
 */
final class News {
    private final Map<Connection, PeerLink> links;
    private final Map<Transfer, ChunkSet> chunks = new LinkedHashMap<>();
    private boolean due;

    News(Map<Connection, PeerLink> links) {
        this.links = links;
    }

    /** Chunk {@code index} came; answers in how many milliseconds {@link #tell} is to be called, if it is not due before. */
    OptionalLong add(Transfer transfer, int index) {
        ChunkSet some = chunks.computeIfAbsent(transfer, t -> new ChunkSet(t.blob.info().chunkCount()));
        some.add(index);
        boolean now = some.count() >= Pace.ANNOUNCE_AT_ONCE;
        if (due && !now) {
            return OptionalLong.empty();
        }
        due = true;
        return OptionalLong.of(now ? 0 : Pace.announceMillis(links.size()));
    }

    /** Tells all that is new to those who want to know of it and do not hold it themselves. */
    void tell() {
        due = false;
        chunks.forEach((transfer, some) -> {
            Frame have = new Frame.Have(transfer.digest(), some);
            for (PeerLink link : links.values()) {
                if (link.isInterested(transfer.digest())
                        && (link.isSupernode() || !transfer.download.isHeldBy(link.neighbour, some))) {
                    link.connection.send(have);
                }
            }
        });
        chunks.clear();
    }
}
