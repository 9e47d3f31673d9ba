package io.lighterage.peer.swarm;

import io.lighterage.peer.content.Priority;
import io.lighterage.peer.swarm.DownloadScheduler.Ask;
import java.util.ArrayList;
import java.util.List;

/** What is asked for a second time, elsewhere, because answers take longer than they usually do. */
final class LateAnswers {
    private static final int LAST_CHUNKS = 16;
    private static final long LEAST_HEDGE_NS = 5_000_000;
    private static final long FIRST_HEDGE_NS = 250_000_000;
    private static final long LEAST_LATE_NS = 2_000_000_000;

    /** A hedge that comes later by one part in so many is as good. */
    private static final int SLOW = 5;

    /** Half of what an engine waits for the next byte; more only where that is less than twice what answers take. */
    private static final long MOST_LATE_NS = 30_000_000_000L;

    private final Neighbourhood neighbourhood;
    private final FreeNodes free;
    private final LatencyWindow latencies = new LatencyWindow();

    LateAnswers(Neighbourhood neighbourhood, FreeNodes free) {
        this.neighbourhood = neighbourhood;
        this.free = free;
    }

    /** An answer took so long. */
    void answered(long latencyNs) {
        latencies.add(latencyNs);
    }

    /** So long an answer takes before it is asked for elsewhere, in nanoseconds. */
    private long hedgeNs() {
        return Math.max(LEAST_HEDGE_NS, latencies.percentileNs(95, FIRST_HEDGE_NS));
    }

    /** Whether answers take so long that it is enough to look for {@link #late} ones now and then. */
    boolean isSlow() {
        return hedgeNs() >= SLOW * Pace.CALM_NS;
    }

    /** Requests to make a second time, elsewhere, because their answers are late; to be asked for every few milliseconds. */
    List<Ask> late(Download download, long nowNs) {
        long hedgeNs = hedgeNs();
        long lateNs = Math.clamp(8 * hedgeNs, LEAST_LATE_NS, Math.max(MOST_LATE_NS, 2 * hedgeNs));
        boolean last = download.missingCount() == 0 && download.pending().all().size() <= LAST_CHUNKS;
        List<Ask> asks = new ArrayList<>();
        for (PendingChunks.Pending asked : download.pending().all()) {
            long age = nowNs - asked.lastAskedNs;
            // A read may have come to be blocked on what was asked for without haste.
            Priority priority = download.demands().isUrgent(asked.index) ? Priority.ON_DEMAND : asked.priority;
            // What waits behind others on this host's own link comes no sooner from elsewhere, and would fill it twice.
            boolean behind = neighbourhood.answers() < asked.overtakenAt && neighbourhood.isComing(hedgeNs, nowNs);
            boolean hedge = (last || priority == Priority.ON_DEMAND && !behind)
                    && asked.askedOf.size() == 1 && age > hedgeNs;
            boolean late = age > lateNs;
            if (asked.received || !hedge && !late) {
                continue;
            }
            if (late) {
                asked.askedOf.forEach(neighbour -> neighbour.block(nowNs + lateNs));
            }
            Neighbour other = another(download, asked.index, asked, nowNs);
            if (other != null) {
                asks.add(new Ask(download, asked.index, other, priority));
            }
        }
        asks.forEach(ask -> download.asked(ask.neighbour(), ask.index(), ask.priority(), nowNs));
        return asks;
    }

    /** Another holder of chunk {@code index} than those who were asked for it, the supernode last, or null. */
    private Neighbour another(Download download, int index, PendingChunks.Pending asked, long nowNs) {
        Holders holders = download.holders();
        free.find(download, true, nowNs);
        Neighbour best = free.best(download, index, asked.askedOf);
        Neighbour supernode = holders.supernode();
        boolean last = best == null
                && supernode != null
                && !asked.askedOf.contains(supernode)
                && !supernode.isBlocked(nowNs)
                && supernode.outstanding() < FreeNodes.MOST_DEPTH
                && holders.holds(supernode, index);
        return last ? supernode : best;
    }
}
