package io.lighterage.bench.flow;

import java.util.Arrays;

/**
 * Shares links among flows max-min fairly: no flow could get more but by taking from one that has no more than it.
 *
 * <p>Incremental. Each link has a <em>level</em>: what it grants a flow at most, given what other links leave that flow
 * (water filling). A flow gets the least level on its path. When flows come or go, only the levels of their links are
 * computed anew, and those of further links only as far as the change reaches (Hayden's distributed algorithm: its fixed
 * points are the max-min fair allocations, because a link with a finite level is full and none of its flows exceeds the level).
 *
 * <p>A tolerance stops a change where it has become small, which it does after a few links. With a tolerance of 0 the
 * allocation is exact.
 */
public final class FlowNetwork {
    /** A link of many flows may wait until so great a part of them has changed, unless the tolerance is 0. */
    private static final int CROWDED = 64;

    /** A flow that would take longer is looked at again after so long. */
    private static final double LONGEST_LOOK_NS = 3600e9;

    private static final double NO_LIMIT = Double.POSITIVE_INFINITY;
    private static final double ROUNDING = 1e-12;
    private static final int MOST_ROUNDS = 1_000_000;

    private final Timeline timeline;
    private final double tolerance;

    /** The links, by number, and what a flow gets there at most in bytes a nanosecond; infinite while others limit all. */
    private Link[] links = new Link[64];

    private double[] levels = new double[64];
    private int linkCount;
    private Link[] marked = new Link[64];
    private int markedFirst;
    private int markedEnd;
    private Flow[] touched = new Flow[64];
    private int touchedCount;
    private double[] elsewhere = new double[64];

    /** @param tolerance relative change of a rate that is not worth telling on, 0 to 0.1 */
    public FlowNetwork(Timeline timeline, double tolerance) {
        if (!(tolerance >= 0 && tolerance <= 0.1)) {
            throw new IllegalArgumentException("a tolerance of " + tolerance + " is not from 0 to 0.1");
        }
        this.timeline = timeline;
        this.tolerance = tolerance;
    }

    /** Begins to carry {@code bytes} over {@code path}, which has each link once; {@link #settle} gives it its rate. */
    public void start(Flow flow, Link[] path, double bytes) {
        if (flow.path != null || path.length == 0) {
            throw new IllegalArgumentException(flow.path != null ? "a flow runs already" : "a flow needs a link");
        }
        flow.network = this;
        flow.path = path;
        flow.slots = new int[path.length];
        flow.bytes = bytes;
        flow.remaining = bytes;
        flow.rate = 0;
        flow.sinceNs = timeline.nowNs();
        for (Link link : path) {
            number(link);
        }
        for (int i = 0; i < path.length; i++) {
            path[i].add(flow, i);
            mark(path[i]);
        }
        flow.first = path.length == 2 ? path[0].number : -1;
        flow.second = path.length == 2 ? path[1].number : -1;
        touch(flow);
    }

    private void number(Link link) {
        if (link.number < 0) {
            if (linkCount == links.length) {
                links = Arrays.copyOf(links, 2 * linkCount);
                levels = Arrays.copyOf(levels, 2 * linkCount);
            }
            levels[linkCount] = NO_LIMIT;
            links[linkCount] = link;
            link.number = linkCount++;
        }
    }

    /** Ends a flow before its time; answers the bytes that it carried. */
    public double stop(Flow flow) {
        progress(flow);
        double carried = flow.bytes - Math.max(0, flow.remaining);
        end(flow, carried);
        timeline.cancel(flow);
        return carried;
    }

    void complete(Flow flow) {
        end(flow, flow.bytes);
    }

    private void end(Flow flow, double carried) {
        for (int i = 0; i < flow.path.length; i++) {
            Link link = flow.path[i];
            link.carried += carried;
            link.remove(flow, i);
            mark(link);
        }
        flow.path = null;
    }

    private void mark(Link link) {
        link.changes++;
        if (!link.marked) {
            link.marked = true;
            if (markedEnd == marked.length) {
                int length = markedEnd - markedFirst;
                Link[] target = length > marked.length / 2 ? new Link[2 * marked.length] : marked;
                System.arraycopy(marked, markedFirst, target, 0, length);
                marked = target;
                markedFirst = 0;
                markedEnd = length;
            }
            marked[markedEnd++] = link;
        }
    }

    private void touch(Flow flow) {
        if (!flow.touched) {
            flow.touched = true;
            if (touchedCount == touched.length) {
                touched = Arrays.copyOf(touched, 2 * touchedCount);
            }
            touched[touchedCount++] = flow;
        }
    }

    /** Gives every flow its rate after flows were started or ended; to be called before time goes on. */
    public void settle() {
        boolean waits = false;
        for (int round = 0; markedFirst < markedEnd && (round < MOST_ROUNDS || tolerance == 0); round++) {
            Link link = marked[markedFirst++];
            link.marked = false;
            if (tolerance == 0 || link.count < CROWDED || link.changes * CROWDED / 2 >= link.count) {
                level(link);
            } else {
                waits = true;
            }
        }
        if (markedFirst == markedEnd) {
            markedFirst = 0;
            markedEnd = 0;
        }
        // A crowded link that waits may be the only one to limit a new flow.
        for (int i = 0; waits && i < touchedCount; i++) {
            Flow flow = touched[i];
            if (flow.path != null && least(flow) == NO_LIMIT) {
                for (Link link : flow.path) {
                    level(link);
                }
            }
        }
        for (int i = 0; i < touchedCount; i++) {
            Flow flow = touched[i];
            touched[i] = null;
            flow.touched = false;
            if (flow.path != null) {
                give(flow, least(flow));
            }
        }
        touchedCount = 0;
    }

    private void give(Flow flow, double rate) {
        if (flow.rate != 0 && Math.abs(rate - flow.rate) <= tolerance * flow.rate) {
            return;
        }
        progress(flow);
        flow.rate = rate;
        scheduleEnd(flow);
    }

    private void scheduleEnd(Flow flow) {
        double leftNs = Math.ceil(Math.max(0, flow.remaining) / flow.rate);
        timeline.schedule(flow, timeline.nowNs() + (long) Math.clamp(leftNs, Timeline.TICK_NS, LONGEST_LOOK_NS));
    }

    /** Whether a flow whose time has come has ended; one that is too slow for that is looked at again. */
    boolean hasEnded(Flow flow) {
        progress(flow);
        boolean ended = flow.remaining <= 2 * Timeline.TICK_NS * flow.rate;
        if (!ended) {
            scheduleEnd(flow);
        }
        return ended;
    }

    private void progress(Flow flow) {
        long nowNs = timeline.nowNs();
        flow.remaining -= flow.rate * (nowNs - flow.sinceNs);
        flow.sinceNs = nowNs;
    }

    private void level(Link link) {
        double old = levels[link.number];
        double level = link.count == 0 ? NO_LIMIT : waterLevel(link);
        link.changes = 0;
        if (level == old || Math.abs(level - old) <= Math.max(tolerance, ROUNDING) * Math.min(level, old)) {
            return;
        }
        levels[link.number] = level;
        for (int i = 0; i < link.count; i++) {
            int other = link.others[i];
            if (other < 0) {
                changedOnLongPath(link.flows[i], link, old, level);
            } else if (levels[other] > Math.min(old, level)) {
                touch(link.flows[i]);
                if (matters(levels[other], old, level)) {
                    mark(links[other]);
                }
            }
        }
    }

    private void changedOnLongPath(Flow flow, Link link, double old, double level) {
        touch(flow);
        for (Link other : flow.path) {
            if (other != link && matters(levels[other.number], old, level)) {
                mark(other);
            }
        }
    }

    /** Whether a flow's limit, which goes from {@code old} to {@code now}, bears on what a link of {@code level} grants others. */
    private static boolean matters(double level, double old, double now) {
        return level == NO_LIMIT ? now > old : Math.min(old, now) < level * (1 + ROUNDING);
    }

    /** The least level on the path of {@code flow}. */
    private double least(Flow flow) {
        return flow.first < 0 ? least(flow, null) : Math.min(levels[flow.first], levels[flow.second]);
    }

    /** The same, {@code but} left out. */
    private double least(Flow flow, Link but) {
        double least = NO_LIMIT;
        for (Link link : flow.path) {
            if (link != but && levels[link.number] < least) {
                least = levels[link.number];
            }
        }
        return least;
    }

    /** The level at which the flows of {@code link}, each held to what other links grant it, fill it just up. */
    private double waterLevel(Link link) {
        int count = link.count;
        if (elsewhere.length < count) {
            elsewhere = new double[2 * count];
        }
        double all = 0;
        for (int i = 0; i < count; i++) {
            int other = link.others[i];
            elsewhere[i] = other < 0 ? least(link.flows[i], link) : levels[other];
            all += elsewhere[i];
        }
        if (all <= link.capacity * (1 + ROUNDING)) {
            return NO_LIMIT;
        }
        double level = link.capacity / count;
        while (true) {
            double rest = link.capacity;
            int above = 0;
            for (int i = 0; i < count; i++) {
                if (elsewhere[i] <= level) {
                    rest -= elsewhere[i];
                } else {
                    above++;
                }
            }
            double next = above == 0 ? level : rest / above;
            if (next <= level * (1 + ROUNDING)) {
                return level;
            }
            level = next;
        }
    }
}
