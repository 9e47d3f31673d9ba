package io.lighterage.peer.swarm;

import java.util.Arrays;

/** The latest answer times, for their percentiles. */
public final class LatencyWindow {
    private static final int SIZE = 64;

    private final long[] samplesNs = new long[SIZE];
    private long count;

    /** Notes an answer that took {@code ns}. */
    public void add(long ns) {
        samplesNs[(int) (count++ % SIZE)] = ns;
    }

    /**
     * The time within which {@code percent} of the latest answers came, in nanoseconds.
     *
     * @param percent 1 to 100
     * @param otherwiseNs the answer as long as fewer than eight samples are known
     */
    public long percentileNs(int percent, long otherwiseNs) {
        int known = (int) Math.min(count, SIZE);
        if (known < 8) {
            return otherwiseNs;
        }
        long[] sorted = Arrays.copyOf(samplesNs, known);
        Arrays.sort(sorted);
        return sorted[(known - 1) * percent / 100];
    }
}
