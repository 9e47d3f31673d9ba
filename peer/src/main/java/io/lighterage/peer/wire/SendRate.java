package io.lighterage.peer.wire;

/**
 * How fast a connection takes bytes while it has some to take. Owned by the connection's event loop.
 *
 * <p>Measured over a window of bytes, so that what the kernel buffers at the beginning weighs little.
 */
final class SendRate {
    private static final long WINDOW_BYTES = 1 << 20;

    private long bytes;
    private long busyNs;
    private long bytesPerSecond;

    /** Counts {@code bytes} that took {@code ns} nanoseconds to go to the kernel. */
    void sent(long bytes, long ns) {
        this.bytes += bytes;
        this.busyNs += ns;
        if (this.bytes >= WINDOW_BYTES) {
            bytesPerSecond = (long) (this.bytes * 1e9 / Math.max(1, busyNs));
            this.bytes = 0;
            this.busyNs = 0;
        }
    }

    /** Bytes a second over the last whole window, or 0 before the first. */
    long bytesPerSecond() {
        return bytesPerSecond;
    }
}
