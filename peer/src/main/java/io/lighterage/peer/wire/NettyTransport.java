package io.lighterage.peer.wire;

import io.lighterage.peer.tls.TlsClient;
import io.lighterage.peer.tls.TlsContext;
import io.lighterage.peer.tls.TlsServer;
import io.lighterage.peer.wire.ConnectionTable.Target;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The transport on Netty: epoll where the platform has it. Safe for use by several threads. */
final class NettyTransport implements Transport {
    private static final Logger LOG = LoggerFactory.getLogger(NettyTransport.class);
    private static final long SLOWER_THAN_PACKING = 40_000_000;
    private static final int PAGE = 8 << 10;
    private static final int PAGES_IN_POOL_CHUNK_LOG2 = 9; // 4 MiB, the greatest chunk of a blob
    private static final int SMALL_CACHE = 32;
    private static final long NOT_SENT_LOW_WATER = 16 << 10;
    private static final long CLOSE_DEADLINE_MS = 3_000;

    /** What a TLS handshake computes is nothing for an event loop. */
    private static final Executor HANDSHAKES =
            task -> Thread.ofVirtual().name("lighterage-tls").start(task);

    private final WireConfig config;
    private final ConnectionListener listener;
    private final ToLongFunction<InetAddress> packBelow;
    private final ByteBufAllocator allocator;
    /** Null where nothing is encrypted. */
    private final SslContext tlsServer;
    private final EventLoopGroup loops;
    private final ChunkPacker packer;
    private final CompressionChoice compression = new CompressionChoice();
    private final ConnectionTable table = new ConnectionTable();
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Channel server;
    private final Hello self;

    private NettyTransport(
            WireConfig config, Hello self, ConnectionListener listener, ToLongFunction<InetAddress> packBelow)
            throws IOException {
        this.config = config;
        this.listener = listener;
        this.packBelow = packBelow;
        FrameEncoder.encode(self);
        // Few arenas and hardly a cache: a node has some 50 MiB outside the heap for everything. The JDK's AES-GCM
        // takes arrays alone, and copies what is outside the heap piece by piece: for it, records are kept inside.
        boolean encrypted = config.security().tls().isPresent();
        this.allocator = new PooledByteBufAllocator(
                !encrypted,
                encrypted ? config.eventLoops() : 0,
                config.eventLoops(),
                PAGE,
                PAGES_IN_POOL_CHUNK_LOG2,
                SMALL_CACHE,
                0,
                false);
        this.tlsServer = config.security()
                .tls()
                .map(tls -> new TlsServer(tls, "the exchange", true, TlsServer.NEWEST, config.security().refusals()))
                .orElse(null);
        this.loops = new MultiThreadIoEventLoopGroup(
                config.eventLoops(),
                new DefaultThreadFactory("lighterage-wire", true),
                Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        this.packer = new ChunkPacker(allocator);
        try {
            this.server = bind();
        } catch (IOException e) {
            packer.close();
            loops.shutdownGracefully(0, CLOSE_DEADLINE_MS, TimeUnit.MILLISECONDS);
            throw e;
        }
        this.self = introduction(self);
        server.config().setAutoRead(true); // accepts only now that it can introduce itself
    }

    /**
     * As {@link Transport#start}.
     *
     * @param packBelow the rate in bytes a second below which chunks to an address are packed; 0 never packs
     */
    static NettyTransport start(
            WireConfig config, Hello self, ConnectionListener listener, ToLongFunction<InetAddress> packBelow)
            throws IOException {
        return new NettyTransport(config, self, listener, packBelow);
    }

    /** The usual rate: packing is faster than a slow link, and slower than this machine's own memory. */
    static long packBelow(InetAddress remote) {
        return remote.isLoopbackAddress() ? 0 : SLOWER_THAN_PACKING;
    }

    @Override
    public InetSocketAddress localAddress() {
        return (InetSocketAddress) server.localAddress();
    }

    @Override
    public Hello self() {
        return self;
    }

    @Override
    public WireSecurity security() {
        return config.security();
    }

    @Override
    public CompletableFuture<Connection> connect(String host, int port) {
        return connect(new Target(host, port));
    }

    @Override
    public CompletableFuture<Connection> connect(String host, int port, String certifiedHost) {
        return connect(new Target(host, port, certifiedHost));
    }

    private CompletableFuture<Connection> connect(Target target) {
        int port = target.port();
        if (port < 1 || port > 0xffff) {
            return CompletableFuture.failedFuture(new IOException("cannot connect to " + target + ": no such port"));
        }
        if (closed.get()) {
            return CompletableFuture.failedFuture(closing(target));
        }
        ConnectionTable.Opening opening = table.open(target, CompletableFuture::new);
        if (opening.fresh()) {
            open(target, opening.connection());
        }
        return opening.connection().copy();
    }

    @Override
    public Collection<Connection> connections() {
        return table.connections();
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_DEADLINE_MS);
        server.close().awaitUninterruptibly(CLOSE_DEADLINE_MS);
        table.close().forEach(pending -> pending.completeExceptionally(new IOException("this host is closing")));
        table.connections().forEach(connection -> connection.close("this host is closing"));
        for (Channel channel : channels) {
            boolean introduced = channel.pipeline().get(NettyConnection.class) != null;
            if (introduced) {
                channel.closeFuture()
                        .awaitUninterruptibly(Math.max(1, deadlineNs - System.nanoTime()), TimeUnit.NANOSECONDS);
            }
        }
        channels.close().awaitUninterruptibly(CLOSE_DEADLINE_MS);
        packer.close();
        loops.shutdownGracefully(0, CLOSE_DEADLINE_MS, TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(CLOSE_DEADLINE_MS);
    }

    WireConfig config() {
        return config;
    }

    ConnectionTable table() {
        return table;
    }

    /** The connection on {@code channel} to {@code peer}, which takes packed chunks where both sides can. */
    NettyConnection newConnection(Channel channel, FrameDecoder decoder, Hello peer) {
        boolean zstd = (self.features() & peer.features() & Hello.FEATURE_ZSTD) != 0;
        if (zstd) {
            decoder.allowZstd();
        }
        InetAddress remote = ((InetSocketAddress) channel.remoteAddress()).getAddress();
        return new NettyConnection(
                channel,
                decoder,
                peer,
                listener,
                table,
                packer,
                compression,
                zstd ? packBelow.applyAsLong(remote) : 0,
                tlsServer != null,
                config.idleTimeout().toNanos());
    }

    private Channel bind() throws IOException {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops)
                .channel(Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.AUTO_READ, false)
                .childHandler(initializer(this::accept));
        options(bootstrap::childOption);
        ChannelFuture bound = bootstrap.bind(config.bind()).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "cannot listen on " + Addresses.text(config.bind()) + ": " + bound.cause().getMessage(),
                    bound.cause());
        }
        return bound.channel();
    }

    private Hello introduction(Hello given) {
        int features = config.compress()
                ? given.features() | Hello.FEATURE_ZSTD
                : given.features() & ~Hello.FEATURE_ZSTD;
        int port = given.port() == 0 ? localAddress().getPort() : given.port();
        return new Hello(
                Hello.VERSION, given.id(), given.role(), given.host(), port, given.rack(), given.zone(), features);
    }

    private void accept(Channel channel) {
        channel.closeFuture().addListener(_ -> accepted.decrementAndGet());
        if (accepted.incrementAndGet() > config.maxConnections()) {
            String reason = config.maxConnections() + " connections are open here, and no more are accepted";
            LOG.warn("refused {}: {}", Addresses.text(channel.remoteAddress()), reason);
            if (tlsServer != null) { // it expects no plain goodbye
                channel.close();
                return;
            }
            channel.writeAndFlush(FrameEncoder.encode(new Frame.Goodbye(reason)))
                    .addListener(ChannelFutureListener.CLOSE);
            return;
        }
        introduce(channel, Optional.empty());
    }

    /** Builds the pipeline, here alone: what protects or measures the bytes goes before the decoder. */
    private void introduce(Channel channel, Optional<Handshake.Opened> opened) {
        channels.add(channel);
        Optional<SslHandler> protection = config.security().tls().map(tls -> protection(tls, channel, opened));
        protection.ifPresent(handler -> {
            handler.setHandshakeTimeoutMillis(config.handshakeTimeout().toMillis());
            channel.pipeline().addLast("tls", handler).addLast("pieces", new ChunkedWriteHandler());
        });
        FrameDecoder decoder = new FrameDecoder(protection.isPresent());
        channel.pipeline().addLast("decoder", decoder);
        channel.pipeline().addLast("connection", new Handshake(this, decoder, opened));
    }

    private SslHandler protection(TlsContext tls, Channel channel, Optional<Handshake.Opened> opened) {
        if (opened.isPresent()) {
            Target target = opened.get().target();
            Optional<String> certified = Optional.of(target.certifiedHost()).filter(host -> !host.isEmpty());
            return TlsClient.handler(tls, certified, target.port(), HANDSHAKES);
        }
        InetSocketAddress remote = (InetSocketAddress) channel.remoteAddress();
        return tlsServer.newHandler(allocator, Addresses.host(remote), remote.getPort(), HANDSHAKES);
    }

    private void open(Target target, CompletableFuture<Connection> result) {
        long longestMs = config.connectTimeout().plus(config.handshakeTimeout()).toMillis();
        loops.schedule(
                () -> result.completeExceptionally(
                        new IOException("cannot connect to " + target + ": no answer within " + longestMs + " ms")),
                longestMs,
                TimeUnit.MILLISECONDS);
        // Looking a name up blocks.
        Thread.ofVirtual().name("lighterage-resolve").start(() -> {
            try {
                InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(target.host()), target.port());
                open(target, address, result);
            } catch (UnknownHostException e) {
                result.completeExceptionally(new IOException("cannot connect to " + target + ": unknown host", e));
            } catch (RuntimeException e) {
                result.completeExceptionally(new IOException("cannot connect to " + target, e));
            }
        });
    }

    private void open(Target target, InetSocketAddress address, CompletableFuture<Connection> result) {
        Bootstrap bootstrap = new Bootstrap()
                .group(loops)
                .channel(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(config.connectTimeout().toMillis()))
                .handler(initializer(channel -> introduce(channel, Optional.of(new Handshake.Opened(target, result)))));
        options(bootstrap::option);
        bootstrap.connect(address).addListener(connected -> {
            if (!connected.isSuccess()) {
                result.completeExceptionally(new IOException(
                        "cannot connect to " + target + ": " + connected.cause().getMessage(), connected.cause()));
            } else if (closed.get()) {
                ((ChannelFuture) connected).channel().close();
                result.completeExceptionally(closing(target));
            }
        });
    }

    private void options(Options options) {
        options.set(ChannelOption.ALLOCATOR, allocator);
        options.set(ChannelOption.TCP_NODELAY, true);
        options.set(ChannelOption.SO_KEEPALIVE, true);
        options.set(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(64 << 10, 256 << 10));
        options.set(ChannelOption.RCVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(2 << 10, 64 << 10, 256 << 10));
        if (Epoll.isAvailable()) {
            // Completion then means nearly on the wire, so priorities hold behind the socket's buffer too.
            options.set(EpollChannelOption.TCP_NOTSENT_LOWAT, NOT_SENT_LOW_WATER);
        }
    }

    private static IOException closing(Target target) {
        return new IOException("cannot connect to " + target + ": this host is closing");
    }

    private static ChannelInitializer<Channel> initializer(Consumer<Channel> initialize) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                initialize.accept(channel);
            }
        };
    }

    /** Sets an option of either kind of bootstrap. */
    private interface Options {
        <T> void set(ChannelOption<T> option, T value);
    }
}
