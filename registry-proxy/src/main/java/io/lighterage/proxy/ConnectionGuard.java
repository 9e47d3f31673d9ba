package io.lighterage.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.AttributeKey;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.impl.HttpServerConnection;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps connections from costing more than they are worth: a request whose head drips in is cut off at a deadline, and
 * of too many connections the one that has been idle longest is closed. Both end connections only on which no answer is
 * under way. Nothing is read from a connection after an answer that closes it.
 */
final class ConnectionGuard {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionGuard.class);
    private static final long LINGER_MS = 2000;
    private static final AttributeKey<Watch> WATCH = AttributeKey.valueOf(ConnectionGuard.class, "watch");
    private static final AttributeKey<Boolean> COUNTED = AttributeKey.valueOf(ConnectionGuard.class, "counted");

    /** Connections beyond the most that are accepted, until idle ones have made room for them. */
    private static final int SLACK = 64;

    private final int most;
    private final Duration headDeadline;
    private final Counters counters;

    /** Connections without a request, idle longest first. Guarded by {@code this}, as is {@link #open}. */
    private final Map<Channel, Watch> idle = new LinkedHashMap<>();

    private int open;

    /**
     * @param most connections at once
     * @param headDeadline how long the head of a request may take from its first byte on
     */
    ConnectionGuard(int most, Duration headDeadline, Counters counters) {
        this.most = most;
        this.headDeadline = headDeadline;
        this.counters = counters;
    }

    /** Begins to watch a connection; on its event loop. */
    void connected(HttpConnection connection) {
        Channel channel = channel(connection);
        Watch watch = new Watch();
        channel.attr(WATCH).set(watch);
        channel.pipeline().addFirst(watch);
        if (channel.parent().attr(COUNTED).compareAndSet(null, true)) {
            channel.parent().pipeline().addFirst(new Gate());
        }
        count(channel);
        Channel surplus = null;
        synchronized (this) {
            idle.put(channel, watch);
            if (open > most) {
                Iterator<Channel> longest = idle.keySet().iterator();
                surplus = longest.next();
                longest.remove();
            }
        }
        if (surplus != null) {
            counters.rejected(Rejection.CROWD);
            LOG.debug("{} is closed, there are more than {} connections", surplus, most);
            surplus.close();
        }
    }

    /** Counts a connection once. No more are accepted while there are far too many. */
    private void count(Channel channel) {
        if (!channel.attr(COUNTED).compareAndSet(null, true)) {
            return;
        }
        synchronized (this) {
            open++;
            channel.parent().config().setAutoRead(open < most + SLACK);
        }
        channel.closeFuture().addListener(closed -> left(channel));
    }

    private synchronized void left(Channel channel) {
        open--;
        idle.remove(channel);
        channel.parent().config().setAutoRead(open < most + SLACK);
    }

    /**
     * A request's head is here; on its event loop.
     *
     * @return whether it is to be answered; not where an answer before it closes the connection
     */
    boolean began(HttpServerRequest request) {
        Channel channel = channel(request.connection());
        Watch watch = channel.attr(WATCH).get();
        if (watch.isLast) {
            return false;
        }
        watch.began();
        synchronized (this) {
            idle.remove(channel);
        }
        HttpServerResponse response = request.response();
        response.headersEndHandler(ready -> watch.isLast = "close".equalsIgnoreCase(response.headers().get("Connection")));
        response.endHandler(ended -> channel.eventLoop().execute(() -> ended(channel, watch)));
        return true;
    }

    private void ended(Channel channel, Watch watch) {
        watch.ended();
        if (watch.isLast) {
            watch.linger(channel);
            return;
        }
        synchronized (this) {
            if (channel.isActive()) {
                idle.put(channel, watch);
            }
        }
    }

    private static Channel channel(HttpConnection connection) {
        return ((HttpServerConnection) connection).channelHandlerContext().channel();
    }

    /**
     * Sees the connections that a listening channel accepts, before their event loop does: in a burst they would wait
     * there in any number.
     */
    private final class Gate extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object accepted) {
            count((Channel) accepted);
            context.fireChannelRead(accepted);
        }
    }

    /** Sees the bytes of one connection before they are understood. Everything here runs on its event loop. */
    private final class Watch extends ChannelInboundHandlerAdapter {
        private ScheduledFuture<?> deadline;
        private int answering;

        /** Whether the answer under way closes the connection; set by the thread that answers, before its head goes out. */
        private volatile boolean isLast;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (isLast) {
                ReferenceCountUtil.release(message);
                return;
            }
            if (answering == 0 && deadline == null) {
                deadline = context.executor()
                        .schedule(() -> late(context.channel()), headDeadline.toNanos(), TimeUnit.NANOSECONDS);
            }
            context.fireChannelRead(message);
        }

        private void late(Channel channel) {
            counters.rejected(Rejection.SLOW);
            LOG.debug("{} is closed, its request did not arrive within {}", channel, headDeadline);
            channel.close();
        }

        void began() {
            answering++;
            stop();
        }

        void ended() {
            answering--;
        }

        /**
         * Says that nothing more comes, and reads on for a moment: to close with bytes unread would reset the connection
         * and could take the answer from the client (RFC 9112, section 9.6).
         */
        void linger(Channel channel) {
            if (!(channel instanceof DuplexChannel duplex)) {
                channel.close();
                return;
            }
            duplex.config().setAutoRead(true);
            duplex.shutdownOutput();
            ScheduledFuture<?> end = channel.eventLoop().schedule((Runnable) channel::close, LINGER_MS, TimeUnit.MILLISECONDS);
            channel.closeFuture().addListener(closed -> end.cancel(false));
        }

        private void stop() {
            if (deadline != null) {
                deadline.cancel(false);
                deadline = null;
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            stop();
            context.fireChannelInactive();
        }
    }
}
