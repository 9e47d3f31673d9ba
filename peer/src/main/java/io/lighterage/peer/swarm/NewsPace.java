package io.lighterage.peer.swarm;

/**
 * When a node tells others what it newly holds: at once after a pause, and then for a while, so that a crowd grows as fast
 * as chunks travel; later only now and then, for a frame to every neighbour for each chunk would cost more than the chunk.
 * Not safe for use by several threads.
 */
public final class NewsPace {
    /** So many times in a row, a little apart, news need not wait. */
    private static final int BURST = 32;

    private static final long BURST_SPACING_NS = 4_000_000;

    /** After so long one more of them need not. */
    private static final double REFILL_NS = 1e9;

    private static final long MILLIS = 1_000_000;

    private long toldNs;
    private double burst = BURST;

    /** @param nowNs the time by the clock of whoever calls */
    public NewsPace(long nowNs) {
        this.toldNs = nowNs - Pace.LONGEST_ANNOUNCE_MILLIS * MILLIS;
    }

    /**
     * How long news wait from {@code nowNs} on, in nanoseconds.
     *
     * @param count chunks of one blob that are new
     * @param fresh whether one of them came from where no other node has it
     * @param neighbours that they go to
     */
    public long waitNs(int count, boolean fresh, int neighbours, long nowNs) {
        if (count >= Pace.ANNOUNCE_AT_ONCE) {
            return 0;
        }
        long spacingNs = (fresh ? Pace.freshMillis(neighbours) : Pace.announceMillis(neighbours)) * MILLIS;
        return leftNs(burst(nowNs) >= 1 ? Math.min(BURST_SPACING_NS, spacingNs) : spacingNs, nowNs);
    }

    /** How long news wait that nobody waits for, in nanoseconds. */
    public long longestWaitNs(long nowNs) {
        return leftNs(Pace.LONGEST_ANNOUNCE_MILLIS * MILLIS, nowNs);
    }

    /** How long it is until {@code spacingNs} have passed since the last news. */
    private long leftNs(long spacingNs, long nowNs) {
        return Math.max(0, toldNs + spacingNs - nowNs);
    }

    /** All that was new is told now. */
    public void told(long nowNs) {
        burst = Math.max(0, burst(nowNs) - 1);
        toldNs = nowNs;
    }

    private double burst(long nowNs) {
        return Math.min(BURST, burst + (nowNs - toldNs) / REFILL_NS);
    }
}
