package io.lighterage.bench.sim;

import io.lighterage.bench.flow.Link;

/** A host of a simulated cluster, or its supernode: something with a link and chunks to send. */
abstract class Endpoint {
    /** In place of a rack: that of the supernode. */
    static final int NO_RACK = -1;

    final Cluster cluster;

    /** 0 up for hosts, -1 for the supernode. */
    final int number;

    final int rack;
    final int zone;
    final Link up;
    final Link down;
    boolean alive = true;

    Endpoint(Cluster cluster, int number, int rack, int zone, Link up, Link down) {
        this.cluster = cluster;
        this.number = number;
        this.rack = rack;
        this.zone = zone;
        this.up = up;
        this.down = down;
    }

    abstract Sender sender();

    /** A want of another host reached this one. */
    abstract void wanted(Want want);

    @Override
    public final int hashCode() {
        return number;
    }

    @Override
    public final boolean equals(Object other) {
        return this == other;
    }
}
