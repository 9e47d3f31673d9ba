package io.lighterage.peer.wire;

/**
 * How fast a connection takes bytes while it has some to take. Owned by the connection's event loop.
 *
 * <p>Measured over a window of bytes, so that what the kernel buffers at the beginning weighs little. Chunks that come one
 * at a time fit the kernel's buffer, however slow the link is; so where TCP itself tells of less, that counts.
 */
final class SendRate {
    private static final long WINDOW_BYTES = 1 << 20;

    private final TcpState tcp;
    private long bytes;
    private long busyNs;
    private long taken;

    SendRate(TcpState tcp) {
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

    /** Bytes a second over the last whole window, or as TCP has them if that is less; 0 before the first window. */
    long bytesPerSecond() {
        return taken == 0 ? 0 : Math.min(taken, tcp.bytesPerSecond());
    }
}
