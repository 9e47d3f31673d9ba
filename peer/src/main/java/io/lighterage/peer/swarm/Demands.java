package io.lighterage.peer.swarm;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Priority;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** All that is wanted of one blob, and what of it is missing: neither present nor pending. */
final class Demands {
    private final ChunkSet present;
    private final ChunkSet presentOrPending;
    private final List<Demand> all = new ArrayList<>();

    /** The sets are the caller's, and are looked at as they are at each question. */
    Demands(ChunkSet present, ChunkSet presentOrPending) {
        this.present = present;
        this.presentOrPending = presentOrPending;
    }

    List<Demand> all() {
        return all;
    }

    void add(Demand demand) {
        all.add(demand);
    }

    void remove(Demand demand) {
        all.remove(demand);
    }

    /** Whether a chunk is wanted that is not present. */
    boolean isWanting() {
        for (Demand demand : all) {
            if (isWanting(demand)) {
                return true;
            }
        }
        return false;
    }

    private boolean isWanting(Demand demand) {
        return present.nextMissing(demand.first()) < demand.end();
    }

    /** Whether a read is blocked on anything that is not present. */
    boolean isUrgent() {
        for (Demand demand : all) {
            if (demand.priority() == Priority.ON_DEMAND && isWanting(demand)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a read is blocked on chunk {@code index}, at whatever priority it was asked for. */
    boolean isUrgent(int index) {
        return all.stream().anyMatch(demand -> demand.priority() == Priority.ON_DEMAND && demand.covers(index));
    }

    /** Whether all that is wanted and not present is as {@code which} says. */
    boolean areAllAbsent(IntPredicate which) {
        for (Demand demand : all) {
            for (int i = present.nextMissing(demand.first()); i < demand.end(); i = present.nextMissing(i + 1)) {
                if (!which.test(i)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** The first chunk of {@code demand} at or behind {@code from} that is missing, or -1. */
    int nextMissing(Demand demand, int from) {
        int index = presentOrPending.nextMissing(Math.max(from, demand.first()));
        return index < demand.end() ? index : -1;
    }

    /** Whether anything is missing that is wanted at {@code priority}. */
    boolean areMissing(Priority priority) {
        for (Demand demand : all) {
            if (demand.priority() == priority && nextMissing(demand, 0) >= 0) {
                return true;
            }
        }
        return false;
    }

    /** The first chunk that is missing and as {@code which} says, by the most urgent demand, or -1. */
    int firstMissing(IntPredicate which) {
        for (Priority priority : Priority.values()) {
            for (Demand demand : all) {
                int index = demand.priority() == priority ? nextMissing(demand, 0) : -1;
                while (index >= 0 && !which.test(index)) {
                    index = nextMissing(demand, index + 1);
                }
                if (index >= 0) {
                    return index;
                }
            }
        }
        return -1;
    }

    /** All chunks that are missing, in the order of demands. */
    IntStream missing() {
        return all.stream()
                .flatMapToInt(demand -> IntStream.range(demand.first(), demand.end()))
                .filter(index -> !presentOrPending.contains(index))
                .distinct();
    }

    /** Number of chunks from {@code first} on, at most {@code most}, that are all missing. */
    int missingRun(int first, int most) {
        int run = 0;
        while (run < most && first + run < present.size() && !presentOrPending.contains(first + run)
                && isWanted(first + run)) {
            run++;
        }
        return run;
    }

    private boolean isWanted(int index) {
        return all.stream().anyMatch(demand -> demand.covers(index));
    }

    /** Whether one that blocks no read {@linkplain #isTheRest is for the rest}. */
    boolean haveTheRest() {
        for (Demand demand : all) {
            if (demand.priority() != Priority.ON_DEMAND && isTheRest(demand)) {
                return true;
            }
        }
        return false;
    }

    /** Whether {@code demand} reaches to the end of the blob and covers at least half of what is neither present nor pending. */
    boolean isTheRest(Demand demand) {
        int size = present.size();
        return demand.end() == size && 2 * (size - demand.first()) >= size - presentOrPending.count();
    }

    /**
     * The first chunk of {@code demand} that is not present, if it has been that since before {@code sinceNs}, may be asked for
     * and is not pending: whoever reads the rest in order stands still. Else -1; also where a part is fetched that may be read
     * some time, as of a trace.
     */
    int waitedFor(Demand demand, ChunkSet askable, long sinceNs, long nowNs) {
        int front = present.nextMissing(demand.first());
        long standsSinceNs = demand.standsSinceNs(front, nowNs);
        if (!isTheRest(demand) || front >= demand.end() || presentOrPending.contains(front) || !askable.contains(front)) {
            return -1;
        }
        return standsSinceNs >= sinceNs ? -1 : front;
    }
}
