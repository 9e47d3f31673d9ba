package io.lighterage.peer.wire;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import java.util.concurrent.TimeUnit;

/**
 * What the kernel knows of a TCP connection: {@code tcp_info} of tcp(7). Where the transport cannot tell, nothing limits it
 * and nothing delays it. Safe for use by several threads.
 */
final class TcpState {
    private static final long BURST_BYTES = 128 << 10;

    /** Null where the transport cannot tell. */
    private final EpollSocketChannel socket;

    private volatile long leastRoundTripNs = Long.MAX_VALUE;

    TcpState(Channel channel) {
        this.socket = channel instanceof EpollSocketChannel epoll ? epoll : null;
        delayNs();
    }

    /**
     * What a round trip carries, in bytes a second; the greatest number if that is unknown. While nothing is on its way that
     * is a congestion window, but no more than {@value #BURST_BYTES}: a window that is never filled grows beyond what it says.
     */
    long bytesPerSecond() {
        EpollTcpInfo info = look();
        if (info == null) {
            return Long.MAX_VALUE;
        }
        long window = Math.min(info.sndCwnd() * info.sndMss(), BURST_BYTES);
        long carried = Math.max(info.unacked() * info.sndMss(), window);
        return (long) (carried * 1e6 / Math.max(1, info.rtt()));
    }

    /** By how many nanoseconds a round trip now takes longer than the shortest that was seen here; 0 if that is unknown. */
    long delayNs() {
        EpollTcpInfo info = look();
        if (info == null || info.rtt() == 0) {
            return 0;
        }
        long roundTripNs = TimeUnit.MICROSECONDS.toNanos(info.rtt());
        leastRoundTripNs = Math.min(leastRoundTripNs, roundTripNs);
        return Math.max(0, roundTripNs - leastRoundTripNs);
    }

    private EpollTcpInfo look() {
        if (socket == null || !socket.isActive()) {
            return null;
        }
        try {
            return socket.tcpInfo();
        } catch (ChannelException e) { // the connection has just ended, and nothing more goes out
            return null;
        }
    }
}
