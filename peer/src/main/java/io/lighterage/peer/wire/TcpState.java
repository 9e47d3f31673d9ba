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
    /** Null where the transport cannot tell. */
    private final EpollSocketChannel socket;

    private volatile long leastRoundTripNs = Long.MAX_VALUE;

    TcpState(Channel channel) {
        this.socket = channel instanceof EpollSocketChannel epoll ? epoll : null;
        delayNs();
    }

    /** A congestion window in each round trip, in bytes a second; the greatest number if that is unknown. */
    long bytesPerSecond() {
        EpollTcpInfo info = look();
        return info == null
                ? Long.MAX_VALUE
                : (long) (info.sndCwnd() * info.sndMss() * 1e6 / Math.max(1, info.rtt()));
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
