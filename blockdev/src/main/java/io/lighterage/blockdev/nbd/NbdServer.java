package io.lighterage.blockdev.nbd;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An NBD server: fixed newstyle, read-only, on TCP or a Unix socket, without TLS and without authentication, so that an
 * address other than a local one is for trusted networks only. Each connection reads one export.
 */
public final class NbdServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NbdServer.class);
    private static final int MOST_THREADS = 4;
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(10);

    private final NbdAddress address;
    private final NbdExports exports;
    private final NbdConfig config;
    private final EventLoopGroup group;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);

    /** Completed when a connection has given its export back. */
    private final Map<NbdTransmission, CompletableFuture<Void>> reading = new ConcurrentHashMap<>();

    private Channel listening;

    private NbdServer(NbdAddress address, NbdExports exports, NbdConfig config) {
        this.address = address;
        this.exports = exports;
        this.config = config;
        this.group = new MultiThreadIoEventLoopGroup(
                Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors()),
                new DefaultThreadFactory("nbd", true),
                Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    }

    /** {@link #start(NbdAddress, NbdExports, NbdConfig)} with the bounds that fit most. */
    public static NbdServer start(NbdAddress address, NbdExports exports) throws IOException {
        return start(address, exports, NbdConfig.DEFAULT);
    }

    /**
     * Starts to serve {@code exports}. A socket file that a dead server left is replaced.
     *
     * @throws IOException if the address cannot be bound; the message names it
     */
    public static NbdServer start(NbdAddress address, NbdExports exports, NbdConfig config) throws IOException {
        NbdServer server = new NbdServer(address, exports, config);
        try {
            server.listen();
            return server;
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    private void listen() throws IOException {
        ServerBootstrap bootstrap = new ServerBootstrap().group(group).childHandler(new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel channel) {
                accept(channel);
            }
        });
        SocketAddress local =
                switch (address) {
                    case NbdAddress.Tcp tcp -> {
                        bootstrap
                                .channel(
                                        Epoll.isAvailable()
                                                ? EpollServerSocketChannel.class
                                                : NioServerSocketChannel.class)
                                .option(ChannelOption.SO_REUSEADDR, true)
                                .childOption(ChannelOption.TCP_NODELAY, true)
                                .childOption(ChannelOption.SO_KEEPALIVE, true);
                        yield new InetSocketAddress(tcp.host(), tcp.port());
                    }
                    case NbdAddress.Unix unix -> {
                        removeDead(unix.path());
                        bootstrap.channel(
                                Epoll.isAvailable()
                                        ? EpollServerDomainSocketChannel.class
                                        : NioServerDomainSocketChannel.class);
                        yield Epoll.isAvailable()
                                ? new DomainSocketAddress(unix.path().toFile())
                                : UnixDomainSocketAddress.of(unix.path());
                    }
                };
        ChannelFuture bound = bootstrap.bind(local).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException("cannot serve NBD on " + address + ": " + bound.cause().getMessage(), bound.cause());
        }
        listening = bound.channel();
        LOG.info("serving NBD on {}", address());
    }

    /** Removes a socket file on which nobody listens. */
    private static void removeDead(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if ((Integer.parseInt(Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS)
                                .toString())
                        & 0170000)
                != 0140000) {
            throw new IOException("cannot serve NBD on " + path + ": it is there and is not a socket");
        }
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            throw new IOException(
                    "cannot serve NBD on " + path + ": somebody serves there already, " + probe.getRemoteAddress());
        } catch (ConnectException e) {
            LOG.info("removing {}, on which nobody listens", path);
            Files.delete(path);
        }
    }

    private void accept(Channel channel) {
        if (connections.size() >= config.mostConnections()) {
            LOG.warn("refusing an NBD connection: there are {} already", connections.size());
            channel.close();
            return;
        }
        connections.add(channel);
        channel.pipeline().addLast("handshake", new NbdHandshake(exports, this));
    }

    NbdConfig config() {
        return config;
    }

    /** A connection leased an export. */
    void began(NbdTransmission transmission) {
        reading.put(transmission, new CompletableFuture<>());
    }

    /** It gave the export back. */
    void ended(NbdTransmission transmission) {
        CompletableFuture<Void> lease = reading.remove(transmission);
        if (lease != null) {
            lease.complete(null);
        }
    }

    /** Where it listens, with the port that was bound. */
    public NbdAddress address() {
        return address instanceof NbdAddress.Tcp tcp && listening.localAddress() instanceof InetSocketAddress bound
                ? new NbdAddress.Tcp(tcp.host(), bound.getPort())
                : address;
    }

    /** Number of clients now. */
    public int connections() {
        return connections.size();
    }

    /** Closes all connections; when it returns they have given their exports back, or that failed and was logged. */
    @Override
    public void close() {
        if (listening != null) {
            listening.close().awaitUninterruptibly(CLOSE_DEADLINE.toMillis());
        }
        connections.close().awaitUninterruptibly(CLOSE_DEADLINE.toMillis());
        try {
            CompletableFuture.allOf(reading.values().toArray(CompletableFuture[]::new))
                    .get(CLOSE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("{} NBD connections still use their devices", reading.size(), e);
        }
        group.shutdownGracefully(0, CLOSE_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(CLOSE_DEADLINE.toMillis());
        if (listening != null && address instanceof NbdAddress.Unix unix) {
            try {
                Files.deleteIfExists(unix.path());
            } catch (IOException e) {
                LOG.warn("cannot remove the socket {}", unix.path(), e);
            }
        }
    }
}
