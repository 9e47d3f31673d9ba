package io.lighterage.bench.sim;

import io.lighterage.bench.flow.Link;
import io.lighterage.peer.swarm.Neighbour;
import io.lighterage.peer.swarm.Neighbour.Distance;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A connection as one of its two ends sees it. */
final class Peering {
    final Endpoint self;
    final Endpoint other;
    final Neighbour neighbour;

    /** From {@link #self} to {@link #other}. */
    final Link[] path;

    final long latencyNs;

    /** The same connection seen from the other end. */
    Peering reverse;

    /** Wants of this end that the other has not answered. */
    final List<Want> requests = new ArrayList<>(2);

    /** What this end sends, of which the first is on its way: the frames of a connection follow one another. */
    final Deque<Want> sending = new ArrayDeque<>(2);

    /** Blobs, as bits, about which this end asked the other. */
    long opened;

    /** Blobs about which the other end asked this one. */
    long interested;

    boolean closed;

    private Peering(Endpoint self, Endpoint other) {
        this.self = self;
        this.other = other;
        this.neighbour = new Neighbour(this, distance(self, other), other instanceof Supernode, self.rack != other.rack);
        this.path = self.cluster.path(self, other);
        this.latencyNs = self.cluster.latencyNs(self, other);
    }

    /** A connection between two; answers the end of {@code one}. */
    static Peering between(Endpoint one, Endpoint other) {
        Peering here = new Peering(one, other);
        here.reverse = new Peering(other, one);
        here.reverse.reverse = here;
        return here;
    }

    static Distance distance(Endpoint one, Endpoint other) {
        return Distance.between(name("rack", one.rack), name("zone", one.zone), name("rack", other.rack), name("zone", other.zone));
    }

    private static String name(String what, int number) {
        return number == Endpoint.NO_RACK ? "" : what + number;
    }

    @Override
    public int hashCode() {
        return 31 * self.number + other.number;
    }

    @Override
    public boolean equals(Object that) {
        return this == that;
    }
}
