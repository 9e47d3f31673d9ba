package io.lighterage.peer.swarm;

import java.util.Arrays;

/** The latest answer times, for their percentiles. */
public final class LatencyWindow {
    private static final int SIZE = 64;

    /** So many new samples make it worth to sort them again. */
    private static final int STALE = 8;

    private final long[] samplesNs = new long[SIZE];
    private long count;
    private long[] sorted = {};
    private long sortedAt;

    /** Notes an answer that took {@code ns}. */
    public void add(long ns) {
        samplesNs[(int) (count++ % SIZE)] = ns;
    }

    /**
     * The time within which {@code percent} of the latest answers came, in nanoseconds; the very last few may not count yet.
     *
     * @param percent 1 to 100
     * @param otherwiseNs the answer as long as fewer than eight samples are known
     */
    public long percentileNs(int percent, long otherwiseNs) {
        int known = (int) Math.min(count, SIZE);
        if (known < 8) {
            return otherwiseNs;
        }
        if (count - sortedAt >= STALE) {
            sorted = Arrays.copyOf(samplesNs, known);
            Arrays.sort(sorted);
            sortedAt = count;
        }
        return sorted[(sorted.length - 1) * percent / 100];
    }
}
