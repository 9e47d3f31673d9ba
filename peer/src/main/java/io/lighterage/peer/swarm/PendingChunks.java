package io.lighterage.peer.swarm;

import io.lighterage.peer.content.Priority;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The chunks of one blob that a host has asked for, or received and not verified yet. */
final class PendingChunks {
    /** A chunk that was asked for. */
    static final class Pending {
        final int index;
        final Priority priority;
        final List<Neighbour> askedOf = new ArrayList<>(1);
        final long sinceNs;
        long lastAskedNs;
        boolean received;

        /** So many answers have come in all when others that were asked for later have clearly gone before this one. */
        long overtakenAt;

        /** Where it stands among all. */
        private int slot;

        private Pending(int index, Priority priority, long nowNs) {
            this.index = index;
            this.priority = priority;
            this.sinceNs = nowNs;
            this.lastAskedNs = nowNs;
        }
    }

    /** By index; a host looks one up for every chunk that comes. */
    private final Pending[] byIndex;

    private final List<Pending> all = new ArrayList<>();

    PendingChunks(int chunks) {
        this.byIndex = new Pending[chunks];
    }

    /** Chunk {@code index}, or null if it is not pending. */
    Pending get(int index) {
        return byIndex[index];
    }

    Pending getOrAdd(int index, Priority priority, long nowNs) {
        if (byIndex[index] == null) {
            Pending pending = new Pending(index, priority, nowNs);
            pending.slot = all.size();
            all.add(pending);
            byIndex[index] = pending;
        }
        return byIndex[index];
    }

    /** Takes out chunk {@code index}; answers it, or null if it was not pending. */
    Pending remove(int index) {
        Pending removed = byIndex[index];
        if (removed != null) {
            byIndex[index] = null;
            Pending last = all.removeLast();
            if (last != removed) {
                last.slot = removed.slot;
                all.set(last.slot, last);
            }
        }
        return removed;
    }

    /** All of them in no order; a view. */
    List<Pending> all() {
        return Collections.unmodifiableList(all);
    }
}
