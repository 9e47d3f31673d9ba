package io.lighterage.peer.exchange;

import java.util.concurrent.atomic.LongAdder;

/** What a node has done since it started. Safe for use by several threads. */
final class SwarmCounters {
    private final LongAdder fromPeers = new LongAdder();
    private final LongAdder fromSupernode = new LongAdder();
    private final LongAdder fromUpstream = new LongAdder();
    private final LongAdder wrongChunks = new LongAdder();
    private final LongAdder hedges = new LongAdder();

    void received(boolean supernode, int bytes) {
        (supernode ? fromSupernode : fromPeers).add(bytes);
    }

    void readUpstream(int bytes) {
        fromUpstream.add(bytes);
    }

    void wrongChunk() {
        wrongChunks.increment();
    }

    void hedge() {
        hedges.increment();
    }

    ExchangeStatistics snapshot(long toNodes, int connections, int transfers) {
        return new ExchangeStatistics(
                fromPeers.sum(), fromSupernode.sum(), fromUpstream.sum(), toNodes, wrongChunks.sum(), hedges.sum(),
                connections, transfers);
    }
}
