package io.lighterage.peer.wire;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;

/**
 * How fast a connection takes bytes while it has some to take. Owned by the connection's event loop.
 *
 * <p>Measured over a window of bytes, so that what the kernel buffers at the beginning weighs little. Chunks that come one
 * at a time fit the kernel's buffer, however slow the link is; so where TCP itself tells of less, that counts.
 */
final class SendRate {
    private static final long WINDOW_BYTES = 1 << 20;

    /** What TCP knows; null where the transport cannot tell. */
    private final EpollSocketChannel socket;

    private final EpollTcpInfo info = new EpollTcpInfo();
    private long bytes;
    private long busyNs;
    private long taken;

    SendRate(Channel channel) {
        this.socket = channel instanceof EpollSocketChannel epoll ? epoll : null;
    }

    /** Counts {@code bytes} that took {@code ns} nanoseconds to go to the kernel. */
    void sent(long bytes, long ns) {
        this.bytes += bytes;
        this.busyNs += ns;
        if (this.bytes >= WINDOW_BYTES) {
            taken = perSecond(this.bytes, busyNs);
            this.bytes = 0;
            this.busyNs = 0;
        }
    }

    /** Bytes a second over the last whole window, or as TCP has them if that is less; 0 before the first window. */
    long bytesPerSecond() {
        return taken == 0 ? 0 : Math.min(taken, flowing());
    }

    /** A congestion window in each round trip, {@code tcp_info} of tcp(7); the greatest number if that is unknown. */
    private long flowing() {
        if (socket == null || !socket.isActive()) {
            return Long.MAX_VALUE;
        }
        try {
            socket.tcpInfo(info);
        } catch (ChannelException e) { // the connection has just ended, and nothing more goes out
            return Long.MAX_VALUE;
        }
        return perSecond(info.sndCwnd() * info.sndMss(), 1_000L * info.rtt());
    }

    private static long perSecond(long bytes, long ns) {
        return (long) (bytes * 1e9 / Math.max(1, ns));
    }
}
