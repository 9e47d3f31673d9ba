package io.lighterage.blockdev.snapshotter;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.lighterage.blockdev.mount.ImageMounter;
import io.lighterage.blockdev.mount.LazyImages;
import io.lighterage.peer.exchange.Exchange;
import io.lighterage.peer.store.BlobStore;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.IOException;
import java.net.BindException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshotter of a node, on a Unix socket that only its user may open. Files, records and mounts are below the
 * node's directory and outlive the process:
 *
 * <pre>
 * snapshotter/snapshots/ID/{fs,work}   files of snapshots
 * snapshotter/mounts/CHAIN             an image each, by the chainID of all its layers
 * snapshotter/built/CHAIN              layers that this node put together itself
 * </pre>
 */
public final class SnapshotServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotServer.class);
    private static final long CLOSE_SECONDS = 5;
    private static final long HOUSEKEEPING_SECONDS = 10;

    private final Path socket;
    private final MultiThreadIoEventLoopGroup loop;
    private final ExecutorService threads;
    private final Server server;
    private final Thread housekeeper = Thread.ofVirtual().name("snapshots").unstarted(this::keepHouse);
    private final OverlaySnapshotter snapshotter;
    private final Decisions decisions;
    private final SnapshotService service;

    /**
     * What it is made of. None of it is closed here.
     *
     * @param data the node's directory
     * @param store for its records
     * @param exchange by which layers come that are put together here
     * @param images opens images lazily
     * @param mounter mounts what is put together here
     * @param pulled what the mirror tells of pulls
     */
    public record Parts(
            Path data,
            BlobStore store,
            Exchange exchange,
            LazyImages images,
            ImageMounter mounter,
            PulledImages pulled) {}

    private SnapshotServer(SnapshotterConfig config, OverlaySnapshotter snapshotter, Decisions decisions) {
        this.socket = config.socket().toAbsolutePath();
        this.snapshotter = snapshotter;
        this.decisions = decisions;
        this.service = new SnapshotService(snapshotter);
        this.loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        this.threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("snapshots-", 0).factory());
        this.server = NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket))
                .channelType(NioServerDomainSocketChannel.class)
                .bossEventLoopGroup(loop)
                .workerEventLoopGroup(loop)
                .executor(threads)
                // gRPC sets it for TCP; sockets of this kind have none.
                .withChildOption(ChannelOption.SO_KEEPALIVE, null)
                .permitKeepAliveWithoutCalls(true)
                .permitKeepAliveTime(1, TimeUnit.SECONDS)
                .addService(service.definition())
                .build();
    }

    /**
     * Starts to serve; goes on with the snapshots that are there.
     *
     * @throws IOException if the socket cannot be made, or what an earlier process left cannot be read
     */
    public static SnapshotServer start(SnapshotterConfig config, Parts parts) throws IOException {
        Path directory = Files.createDirectories(parts.data().toRealPath().resolve("snapshotter"));
        Decisions decisions = new Decisions(InstantSource.system());
        BuiltLayers built =
                new BuiltLayers(directory.resolve("built"), parts.exchange(), parts.mounter(), parts.pulled());
        LazyImageLayers layers = new LazyImageLayers(
                directory.resolve("mounts"), parts.images(), parts.pulled(), built, config.lazyWait(), decisions);
        OverlaySnapshotter snapshotter = new OverlaySnapshotter(
                directory.resolve("snapshots"), parts.store().table("snapshots"), layers, InstantSource.system());
        SnapshotServer server = new SnapshotServer(config, snapshotter, decisions);
        try {
            server.listen();
        } catch (IOException e) {
            server.close();
            throw e;
        }
        return server;
    }

    private void listen() throws IOException {
        if (Files.exists(socket)) {
            requireAbandoned();
            Files.delete(socket);
        }
        Files.createDirectories(socket.getParent());
        try {
            server.start();
        } catch (IOException e) {
            throw new IOException("cannot listen on " + socket + ": " + e.getCause(), e);
        }
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
        housekeeper.start();
        LOG.info("snapshots are served on {}", socket);
    }

    private void keepHouse() {
        try {
            while (true) {
                TimeUnit.SECONDS.sleep(HOUSEKEEPING_SECONDS);
                try {
                    snapshotter.releaseUnused();
                } catch (IOException e) {
                    LOG.warn("images that no snapshot needs are still mounted", e);
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("the snapshotter is closed");
        }
    }

    /** A socket whose process was killed is still there, and nobody answers. */
    private void requireAbandoned() throws IOException {
        try (SocketChannel ignored = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            throw new BindException("somebody else serves on " + socket);
        } catch (BindException e) {
            throw e;
        } catch (IOException e) {
            LOG.debug("{} is left from an earlier process", socket, e);
        }
    }

    /** What it holds and decided. */
    public SnapshotterStatus status() {
        return decisions.status(snapshotter.count(), snapshotter.remoteLayers(), service.refused());
    }

    /** Stops serving, after calls under way. Snapshots and mounts stay. */
    @Override
    public void close() {
        server.shutdown();
        housekeeper.interrupt();
        try {
            if (!server.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                server.shutdownNow().awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
            }
            threads.shutdownNow();
            loop.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).await(CLOSE_SECONDS, TimeUnit.SECONDS);
            Files.deleteIfExists(socket);
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.warn("{} is still there", socket, e);
        }
    }
}
