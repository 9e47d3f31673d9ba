package io.lighterage.peer.exchange;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.swarm.NewsPace;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.Frame;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Chunks that came and were not told to others yet. They may wait for more of them, as {@link NewsPace} says.
 * Guarded by the lock of {@link SwarmState}, whose links it reads.
 */
final class News {
    private final Map<Connection, PeerLink> links;
    private final Map<Transfer, ChunkSet> chunks = new LinkedHashMap<>();
    private final NewsPace pace = new NewsPace(System.nanoTime());

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
        // What the supernode gives to everybody nobody waits to hear of.
        long waitNs = transfer.skipsSwarm() && (fresh || transfer.relayed)
                ? pace.longestWaitNs(nowNs)
                : pace.waitNs(some.count(), fresh, links.size(), nowNs);
        if (due && dueNs - nowNs <= waitNs) {
            return OptionalLong.empty();
        }
        dueNs = nowNs + waitNs;
        return OptionalLong.of(waitNs);
    }

    /** Tells all that is new to those who want to know of it and do not hold it themselves. */
    void tell() {
        pace.told(System.nanoTime());
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
