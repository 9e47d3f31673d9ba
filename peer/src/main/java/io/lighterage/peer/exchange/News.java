package io.lighterage.peer.exchange;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.swarm.Pace;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.Frame;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * Chunks that came and were not told to others yet. They wait for more of them: a frame to every neighbour for each
 * chunk would cost more than the chunk. A fresh chunk, which no other node has, waits least, for all others wait for it.
 * Guarded by the lock of {@link SwarmState}, whose links it reads.
 */
final class News {
    private final Map<Connection, PeerLink> links;
    private final Map<Transfer, ChunkSet> chunks = new LinkedHashMap<>();
    private long toldNs = System.nanoTime();

    /** When {@link #tell} will be called; meaningless while nothing is new. */
    private long dueNs;

    News(Map<Connection, PeerLink> links) {
        this.links = links;
    }

    /**
     * Chunk {@code index} came; answers in how many nanoseconds {@link #tell} is to be called, if it is not due before.
     *
     * @param fresh whether it came from where no other node had it before
     */
    OptionalLong add(Transfer transfer, int index, boolean fresh) {
        boolean due = !chunks.isEmpty();
        ChunkSet some = chunks.computeIfAbsent(transfer, t -> new ChunkSet(t.blob.info().chunkCount()));
        some.add(index);
        long nowNs = System.nanoTime();
        long spacingMillis = fresh ? Pace.freshMillis(links.size()) : Pace.announceMillis(links.size());
        long waitNs = some.count() >= Pace.ANNOUNCE_AT_ONCE
                ? 0
                : Math.max(0, toldNs + TimeUnit.MILLISECONDS.toNanos(spacingMillis) - nowNs);
        if (due && dueNs - nowNs <= waitNs) {
            return OptionalLong.empty();
        }
        dueNs = nowNs + waitNs;
        return OptionalLong.of(waitNs);
    }

    /** Tells all that is new to those who want to know of it and do not hold it themselves. */
    void tell() {
        toldNs = System.nanoTime();
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
