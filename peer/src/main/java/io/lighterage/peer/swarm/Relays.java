package io.lighterage.peer.swarm;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * Whom a node asks for a blob of one chunk while the supernode's own link is full: one that was sent the blob before. Each
 * passes a blob on to {@value #MOST_EACH} others, so that a crowd becomes a tree, as in a multicast among hosts; who is
 * asked need not have the blob yet, for it passes on what it gets. Nobody is told so twice of one blob: who asks again got
 * nothing.
 *
 * @param <P> what the caller knows a node by
 * @param <B> what the caller knows a blob by
 */
public final class Relays<P, B> {
    private static final int MOST_EACH = 3;

    /** So many of those who have room are looked at for a near one. */
    private static final int LOOKED_AT = 16;

    /** So many of those who have room are remembered of one blob. */
    private static final int MOST_READY = 256;

    private static final class Relay<P> {
        final P node;
        int passedOn;

        Relay(P node) {
            this.node = node;
        }
    }

    private static final class Blob<P> {
        /** Those who pass it on to more, the one that was sent it first in front. */
        final Queue<Relay<P>> ready = new ArrayDeque<>();

        /** All who were sent it, or told whom to ask. */
        final Set<P> served = new HashSet<>();

        void add(P node) {
            if (ready.size() < MOST_READY) {
                ready.add(new Relay<>(node));
            }
        }
    }

    private final BiFunction<P, P, Neighbour.Distance> distance;
    private final Map<B, Blob<P>> blobs = new HashMap<>();

    /** @param distance how far two nodes are from each other */
    public Relays(BiFunction<P, P, Neighbour.Distance> distance) {
        this.distance = distance;
    }

    /** The supernode sends {@code blob} to {@code node}, which passes it on from now on. */
    public void sent(P node, B blob) {
        Blob<P> known = blobs.computeIfAbsent(blob, b -> new Blob<>());
        if (known.served.add(node)) {
            known.add(node);
        }
    }

    /** Whom {@code node} is to ask for {@code blob}; empty if the supernode has to send it. */
    public Optional<P> relay(P node, B blob) {
        Blob<P> known = blobs.get(blob);
        if (known == null || known.served.contains(node)) {
            return Optional.empty();
        }
        Relay<P> best = null;
        Neighbour.Distance nearest = null;
        int looked = 0;
        for (Relay<P> candidate : known.ready) {
            Neighbour.Distance far = distance.apply(candidate.node, node);
            if (best == null || far.compareTo(nearest) < 0) {
                best = candidate;
                nearest = far;
            }
            if (++looked == LOOKED_AT || nearest == Neighbour.Distance.SAME_RACK) {
                break;
            }
        }
        if (best == null) {
            return Optional.empty();
        }
        if (++best.passedOn == MOST_EACH) {
            known.ready.remove(best);
        }
        known.served.add(node);
        known.add(node);
        return Optional.of(best.node);
    }

    /** {@code node} is gone. */
    public void leave(P node) {
        for (Blob<P> blob : blobs.values()) {
            if (blob.served.remove(node)) {
                for (Iterator<Relay<P>> all = blob.ready.iterator(); all.hasNext(); ) {
                    if (all.next().node.equals(node)) {
                        all.remove();
                    }
                }
            }
        }
    }

    /** Forgets {@code blob}. */
    public void remove(B blob) {
        blobs.remove(blob);
    }
}
