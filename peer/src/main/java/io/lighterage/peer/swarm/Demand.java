package io.lighterage.peer.swarm;

import io.lighterage.peer.content.Priority;

/** A wish for chunks {@code first .. end - 1} of a blob, until it is ended. Belongs to the {@link Download} that it was made by. */
public final class Demand {
    private final int end;
    private final Priority priority;
    private int first;

    /** The first of its chunks that is not present, and since when it is that one. */
    private int front = -1;

    private long frontSinceNs;

    Demand(int first, int end, Priority priority) {
        this.first = first;
        this.end = end;
        this.priority = priority;
    }

    /** The chunks before {@code first} are no longer wanted by this demand. */
    public void advance(int first) {
        this.first = Math.max(this.first, first);
    }

    int first() {
        return first;
    }

    int end() {
        return end;
    }

    Priority priority() {
        return priority;
    }

    boolean covers(int index) {
        return index >= first && index < end;
    }

    /** Where the part of it ends that has {@code most} chunks behind {@code from}. */
    int endBehind(int from, int most) {
        return (int) Math.min(end, (long) from + most);
    }

    /** Since when {@code index}, the first of its chunks that is not present now, has been that at each call of this. */
    long standsSinceNs(int index, long nowNs) {
        if (index != front) {
            front = index;
            frontSinceNs = nowNs;
        }
        return frontSinceNs;
    }
}
