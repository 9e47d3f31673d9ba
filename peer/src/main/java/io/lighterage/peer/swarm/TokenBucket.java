package io.lighterage.peer.swarm;

/** Holds a sender to so many bytes a second, with bursts of up to a twentieth of a second's worth or one chunk. */
public final class TokenBucket {
    private static final double NS = 1e9;

    private final double bytesPerNs;
    private long freeAtNs;
    private boolean started;

    /** @param bytesPerSecond 1 or more; 0 for no limit */
    public TokenBucket(long bytesPerSecond) {
        if (bytesPerSecond < 0) {
            throw new IllegalArgumentException("a rate cannot be " + bytesPerSecond + " bytes a second");
        }
        this.bytesPerNs = bytesPerSecond / NS;
    }

    /** How long to wait before anything may be sent, in nanoseconds; 0 if it may be now. */
    public long waitNs(long nowNs) {
        return bytesPerNs == 0 || !started ? 0 : Math.max(0, freeAtNs - nowNs);
    }

    /** Takes {@code bytes} out; what was sent in excess delays what comes next. */
    public void take(long bytes, long nowNs) {
        if (bytesPerNs == 0) {
            return;
        }
        long burstNs = 50_000_000;
        long earliest = nowNs - burstNs;
        freeAtNs = (started ? Math.max(freeAtNs, earliest) : earliest) + (long) (bytes / bytesPerNs);
        started = true;
    }
}
