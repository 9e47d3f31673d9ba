package io.lighterage.cli.demo;

import java.util.concurrent.TimeUnit;

/** Limits the bytes a second of all who share it, in the order in which they ask. */
final class TokenBucket {
    private static final long NANOS = TimeUnit.SECONDS.toNanos(1);

    private final long bytesPerSecond;
    private final long burstNs;
    /** When the last byte promised so far may leave. Guarded by {@code this}. */
    private long busyUntilNs;

    /**
     * @param bytesPerSecond the limit, 1 or more
     * @param burstBytes how much may leave at once after a pause
     * @param nowNs the time now, on the clock of {@link #reserve}
     */
    TokenBucket(long bytesPerSecond, long burstBytes, long nowNs) {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException("a limit is 1 byte a second or more, not " + bytesPerSecond);
        }
        this.bytesPerSecond = bytesPerSecond;
        this.burstNs = burstBytes * NANOS / bytesPerSecond;
        this.busyUntilNs = nowNs - burstNs;
    }

    /** Promises {@code bytes} and answers how many nanoseconds from {@code nowNs} on the sender must wait, 0 or more. */
    synchronized long reserve(long nowNs, int bytes) {
        busyUntilNs = Math.max(busyUntilNs, nowNs - burstNs) + bytes * NANOS / bytesPerSecond;
        return Math.max(0, busyUntilNs - nowNs);
    }

    /** Waits until {@code bytes} may leave. */
    void take(int bytes) throws InterruptedException {
        long wait = reserve(System.nanoTime(), bytes);
        if (wait > 0) {
            TimeUnit.NANOSECONDS.sleep(wait);
        }
    }
}
