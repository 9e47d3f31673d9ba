package io.lighterage.peer.wire;

import io.lighterage.peer.tls.TlsFailure;
import io.lighterage.peer.wire.ConnectionTable.Target;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Introduces two hosts to each other as {@link WireFormat} has it, then gives its place to a {@link NettyConnection}.
 * Owned by the event loop.
 */
final class Handshake extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Handshake.class);

    private final NettyTransport transport;
    private final FrameDecoder decoder;
    private final Optional<Opened> opened;
    private NettyConnection connection;
    private boolean ended;

    /**
     * Who opened the connection here.
     *
     * @param target the address that was asked for
     * @param result what to complete
     */
    record Opened(Target target, CompletableFuture<Connection> result) {}

    /** @param opened empty if the other side opened the connection */
    Handshake(NettyTransport transport, FrameDecoder decoder, Optional<Opened> opened) {
        this.transport = transport;
        this.decoder = decoder;
        this.opened = opened;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (opened.isPresent()) {
            context.writeAndFlush(FrameEncoder.encode(transport.self()));
        }
        long timeoutMs = transport.config().handshakeTimeout().toMillis();
        context.executor().schedule(() -> timedOut(context, timeoutMs), timeoutMs, TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        switch (message) {
            case Hello hello -> introduced(context, hello);
            case Handshaking.WELCOME -> welcomed(context);
            case Handshaking.DUPLICATE -> duplicate(context);
            case Frame.Goodbye goodbye ->
                fail(context, "it refused: " + Addresses.printable(goodbye.reason()), false);
            default -> throw new IllegalStateException("the decoder passed on " + message.getClass());
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Optional<TlsFailure> tls = TlsFailure.of(cause);
        if (tls.isPresent()) {
            refused(context, tls.get());
        } else if (cause instanceof IOException) {
            fail(context, cause.getMessage(), cause instanceof MalformedFrameException);
        } else {
            LOG.error("the introduction of {} failed", Addresses.text(context.channel().remoteAddress()), cause);
            fail(context, "internal error", true);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (opened.isEmpty() && !ended) { // a port scan or a health check rather than an error
            ended = true;
            String remote = Addresses.text(context.channel().remoteAddress());
            LOG.info("{} closed the connection before it was introduced", remote);
        }
        fail(context, "it closed the connection before it was introduced", false);
    }

    private void introduced(ChannelHandlerContext context, Hello peer) {
        UUID self = transport.self().id();
        if (peer.id().equals(self)) {
            fail(context, "it is this host itself", true);
            return;
        }
        if (opened.isEmpty()) {
            context.writeAndFlush(FrameEncoder.encode(transport.self()));
        }
        decoder.enter(FrameDecoder.Phase.DECISION);
        connection = transport.newConnection(context.channel(), decoder, peer);
        if (!decides(self, peer.id())) {
            return;
        }
        if (transport.table().claim(connection)) {
            context.writeAndFlush(FrameEncoder.encode(Handshaking.WELCOME));
            establish(context);
        } else {
            context.writeAndFlush(FrameEncoder.encode(Handshaking.DUPLICATE))
                    .addListener(ChannelFutureListener.CLOSE);
            takeOther();
        }
    }

    private void welcomed(ChannelHandlerContext context) {
        if (decides(transport.self().id(), connection.peer().id())) {
            fail(context, "it took a decision that is not its own", true);
            return;
        }
        transport
                .table()
                .replace(connection)
                .ifPresent(old -> old.close("replaced by a newer connection between the same hosts"));
        establish(context);
    }

    private void duplicate(ChannelHandlerContext context) {
        takeOther();
        context.close();
    }

    private void establish(ChannelHandlerContext context) {
        ended = true;
        context.pipeline().replace(this, "connection", connection);
        connection.opened();
        Set<Target> targets = new LinkedHashSet<>();
        InetSocketAddress remote = connection.remoteAddress();
        Hello peer = connection.peer();
        if (peer.port() != 0) {
            // Where it is seen: by the host that it names it could pass itself off as another, such as the supernode.
            targets.add(new Target(remote.getAddress().getHostAddress(), peer.port()));
        }
        opened.ifPresent(opening -> targets.add(opening.target()));
        transport.table().opened(connection, targets);
        opened.ifPresent(opening -> opening.result().complete(connection));
    }

    /** Leaves the field to the other connection between the two hosts. */
    private void takeOther() {
        ended = true;
        decoder.stop();
        opened.ifPresent(opening -> {
            transport.table().await(connection.peer().id(), opening.result());
            opening.result().thenAccept(other -> transport.table().alias(opening.target(), other));
        });
    }

    /** TLS failed. What was accepted is counted where it failed, what was opened is counted here. */
    private void refused(ChannelHandlerContext context, TlsFailure failure) {
        if (opened.isPresent() && !ended) {
            transport.security().refusals().refused(
                    "the way to its exchange",
                    Addresses.host((InetSocketAddress) context.channel().remoteAddress()),
                    failure);
        }
        if (opened.isEmpty()) {
            ended = true;
            decoder.stop();
            context.close();
        }
        fail(context, failure.text(), false);
    }

    private void timedOut(ChannelHandlerContext context, long timeoutMs) {
        fail(context, "it did not introduce itself within " + timeoutMs + " ms", true);
    }

    private void fail(ChannelHandlerContext context, String why, boolean sayGoodbye) {
        if (ended) {
            return;
        }
        ended = true;
        decoder.stop();
        if (opened.isPresent()) {
            Opened opening = opened.get();
            opening.result()
                    .completeExceptionally(new IOException("cannot connect to " + opening.target() + ": " + why));
        } else if (why.equals(FrameDecoder.SPEAKS_TLS)) {
            transport.security().refusals().refused(
                    "the exchange",
                    Addresses.host((InetSocketAddress) context.channel().remoteAddress()),
                    new TlsFailure(TlsFailure.Reason.TLS_ON_PLAIN_PORT, why));
        } else {
            LOG.warn("refused {}: {}", Addresses.text(context.channel().remoteAddress()), why);
        }
        if (sayGoodbye && context.channel().isActive()) {
            context.writeAndFlush(FrameEncoder.encode(new Frame.Goodbye(why)))
                    .addListener(ChannelFutureListener.CLOSE);
            context.executor().schedule(() -> context.close(), 1, TimeUnit.SECONDS);
        } else {
            context.close();
        }
    }

    /** Whether the host {@code self} decides, rather than {@code other}: its id is the lesser unsigned number. */
    private static boolean decides(UUID self, UUID other) {
        int high = Long.compareUnsigned(self.getMostSignificantBits(), other.getMostSignificantBits());
        return high != 0
                ? high < 0
                : Long.compareUnsigned(self.getLeastSignificantBits(), other.getLeastSignificantBits()) < 0;
    }
}
