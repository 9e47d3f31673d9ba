package io.lighterage.peer.wire;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How fast a connection takes bytes while it has some to take. Owned by the connection's event loop.
 *
 * <p>Measured over a window of bytes, so that what the kernel buffers at the beginning weighs little. Chunks that come one
 * at a time fit the kernel's buffer, however slow the link is; so where TCP itself tells of less, that counts, and for a
 * while: a link that is not full at the moment, because what goes over it is being packed, looks like a fast one.
 */
final class SendRate {
    private static final long WINDOW_BYTES = 1 << 20;
    private static final long MEMORY_NS = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier tcp;
    private long bytes;
    private long busyNs;
    private long taken;

    /** The least that TCP told of lately, and when. */
    private long least = Long.MAX_VALUE;

    private long leastAtNs;

    /** @param tcp what TCP itself says now, in bytes a second */
    SendRate(LongSupplier tcp) {
        this.tcp = tcp;
    }

    /** Counts {@code bytes} that took {@code ns} nanoseconds to go to the kernel. */
    void sent(long bytes, long ns) {
        this.bytes += bytes;
        this.busyNs += ns;
        if (this.bytes >= WINDOW_BYTES) {
            taken = (long) (this.bytes * 1e9 / Math.max(1, busyNs));
            this.bytes = 0;
            this.busyNs = 0;
        }
    }

    /**
     * Bytes a second over the last whole window, or as TCP has had them within the last second if that is less; 0 before
     * the first window.
     */
    long bytesPerSecond(long nowNs) {
        long flowing = tcp.getAsLong();
        if (flowing <= least || nowNs - leastAtNs > MEMORY_NS) {
            least = flowing;
            leastAtNs = nowNs;
        }
        return taken == 0 ? 0 : Math.min(taken, least);
    }
}
