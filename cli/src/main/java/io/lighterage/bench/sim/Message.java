package io.lighterage.bench.sim;

import io.lighterage.bench.flow.Flow;

/** Bytes that are no chunk but so many that they take their share of a link. */
final class Message extends Flow {
    private final Cluster cluster;
    private final Peering over;
    private final Runnable arrive;

    Message(Cluster cluster, Peering over, Runnable arrive) {
        this.cluster = cluster;
        this.over = over;
        this.arrive = arrive;
    }

    @Override
    protected void finished() {
        cluster.after(this, over.latencyNs);
    }

    @Override
    protected void due() {
        if (over.self.alive && over.other.alive && !over.closed) {
            arrive.run();
        }
    }
}
