package io.lighterage.cli;

import io.lighterage.blockdev.catalog.DeviceCaller;
import io.lighterage.blockdev.catalog.DeviceClient;
import io.lighterage.blockdev.catalog.TraceClient;
import io.lighterage.blockdev.device.BlockDevice;
import io.lighterage.blockdev.device.DeviceConfig;
import io.lighterage.blockdev.device.RebuiltBlobs;
import io.lighterage.blockdev.fuse.FuseServer;
import io.lighterage.blockdev.mount.ImageMounter;
import io.lighterage.blockdev.mount.LazyImages;
import io.lighterage.blockdev.mount.MountSettings;
import io.lighterage.blockdev.nbd.NbdServer;
import io.lighterage.blockdev.snapshotter.PulledImages;
import io.lighterage.blockdev.snapshotter.SnapshotServer;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.SwarmConfig;
import io.lighterage.peer.exchange.SwarmExchange;
import io.lighterage.peer.grant.BlobLinks;
import io.lighterage.peer.grant.GrantBook;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.wire.Hello;
import io.lighterage.peer.wire.WireConfig;
import io.lighterage.proxy.FailoverRegistry;
import io.lighterage.proxy.Gatekeeper;
import io.lighterage.proxy.Mirror;
import io.lighterage.proxy.MirrorConfig;
import io.lighterage.proxy.MirrorRegistry;
import io.lighterage.proxy.SizeHints;
import io.lighterage.supernode.api.ControlApi;
import io.lighterage.supernode.api.ExchangeAddress;
import io.lighterage.supernode.api.MountApi;
import io.lighterage.supernode.api.ProcessStatus;
import io.lighterage.supernode.upstream.RegistryClient;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running node, in whatever JVM. */
public final class NodeProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeProcess.class);
    private static final Duration SUPERNODE_CONNECT = Duration.ofSeconds(2);

    private final long startNs = System.nanoTime();
    private final Closing closing = new Closing();
    private final ImageMounter mounter = ImageMounter.create(MountSettings.DEFAULT);
    private Security security;
    private BlobStore store;
    private SwarmExchange exchange;
    private RegistryClient client;
    private LazyImages images;
    private PulledImages pulled;
    private volatile SnapshotServer snapshots;
    private GrantBook grants;
    private Gatekeeper gate;
    private volatile Mirror mirror;

    private NodeProcess() {}

    /**
     * Starts it; when this returns it is ready.
     *
     * @throws IOException if the directory or a port cannot be used; the message names it
     */
    public static NodeProcess start(NodeConfig config) throws IOException, InterruptedException {
        NodeProcess process = new NodeProcess();
        process.closing.orClose(() -> process.open(config));
        return process;
    }

    private void open(NodeConfig config) throws IOException, InterruptedException {
        security = closing.add(Security.open(config.security()));
        store = closing.add(BlobStore.open(config.data()));
        client = closing.add(
                new RegistryClient(Wiring.upstream(
                        config.upstreams(), config.caFile(), config.dockerConfig(), config.security())));
        grants = new GrantBook(
                store.table("grants"),
                new BlobLinks(store.table("links")),
                config.access().offline(),
                InstantSource.system());
        SupernodeAddress supernode = closing.add(
                new SupernodeAddress(config.supernode(), security.datacenter(), grants::trust));
        String host = config.advertise().orElse("");
        Hello hello = Wiring.hello(Hello.Role.NODE, host, config.rack(), config.zone());
        RebuiltBlobs upstream = new RebuiltBlobs(client);
        exchange = closing.add(SwarmExchange.start(
                SwarmConfig.DEFAULT.withUploadLimit(config.uploadLimit()),
                WireConfig.on(Wiring.bindable(config.exchange())).withSecurity(security.wire()),
                hello,
                store,
                Optional.of(supernode),
                Optional.of(upstream),
                grants));
        upstream.readBy(exchange);
        pulled = PulledImages.open(store);
        images = openImages(config, hello, upstream);
        int port = exchange.transport().localAddress().getPort();
        ControlApi control = new ControlApi(this::status, new ExchangeAddress(host, port), List.of(security.metrics()));
        MirrorRegistry first = closing.add(
                new MirrorRegistry(config.supernode(), SUPERNODE_CONNECT, security.datacenter()));
        UpstreamRegistry registries = new UpstreamRegistry(client);
        FailoverRegistry registry = new FailoverRegistry(first, registries);
        MirrorConfig served = config.tags().apply(
                config.access().apply(MirrorConfig.on(config.mirror().host(), config.mirror().port())
                        .withRegistries(config.upstreams().keySet())));
        gate = Wiring.gate(store, grants.links(), registry, client, config.access(), served);
        // The mirror says that the node is ready: what it serves besides is there by then.
        if (config.nbd().isPresent()) {
            closing.add(NbdServer.start(config.nbd().get(), new LazyExports(images)));
        }
        if (config.snapshotter().isPresent()) {
            snapshots = closing.add(SnapshotServer.start(
                    config.snapshotter().get(),
                    new SnapshotServer.Parts(config.data(), store, exchange, images, mounter, pulled)));
        }
        Vertx vertx = Mirror.newVertx();
        closing.add(Wiring.closer(vertx));
        mirror = closing.add(Mirror.start(
                served,
                security.mirror(),
                vertx,
                exchange,
                store,
                registry,
                gate,
                client::ownAuthorization,
                SizeHints.NONE,
                registries,
                pulled::served,
                router -> {
                    control.mount(router);
                    new MountApi(images).mount(router);
                }));
        if (security.leavesOpen(config.mirror())) {
            LOG.warn("hosts without a certificate can pull from the mirror on {}: listen on a local address, or give"
                    + " --mirror-tls-ca", mirror());
        }
        LOG.info("node serves its mirror on {} and chunks on {}", mirror(), exchange.transport().localAddress());
    }

    private LazyImages openImages(NodeConfig config, Hello hello, RebuiltBlobs upstream) throws IOException {
        DeviceConfig reads = new DeviceConfig(config.lazy().readDeadline(), DeviceConfig.DEFAULT.mostReadAhead());
        Caller caller = new Caller(hello.id(), client, grants, pulled);
        return closing.add(LazyImages.open(
                new LazyImages.Parts(
                        config.data(),
                        store,
                        exchange,
                        closing.add(new DeviceClient(config.supernode(), security.datacenter(), caller)),
                        closing.add(new TraceClient(config.supernode(), security.datacenter(), caller)),
                        (map, source, watcher) -> {
                            upstream.learn(map);
                            return BlockDevice.open(map, exchange, store, source, reads, watcher);
                        },
                        FuseServer::start,
                        mounter),
                config.lazy()));
    }

    /** This node, as it asks for devices. */
    private record Caller(UUID node, RegistryClient client, GrantBook grants, PulledImages pulled)
            implements DeviceCaller {
        /** The engine's credentials if it pulls from there now, else those of this host, else what the engine had. */
        @Override
        public Optional<String> authorization(Repository repository, String challenge)
                throws IOException, InterruptedException {
            Optional<String> theirs = pulled.authorization(repository);
            if (theirs.isPresent()) {
                return theirs;
            }
            Optional<String> own = client.ownAuthorization(repository, challenge);
            return own.isPresent() ? own : pulled.oldAuthorization(repository);
        }

        @Override
        public void granted(byte[] token) {
            grants.receive(token);
        }
    }

    /** Where its mirror is. */
    public HostPort mirror() {
        return new HostPort(mirror.address().getHostString(), mirror.address().getPort());
    }

    /** Whether it is connected to its supernode now. */
    public boolean hasSupernode() {
        return exchange.hasSupernode();
    }

    /** What it holds and does. */
    public ProcessStatus status() {
        long uptime = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNs);
        return ProcessStatus.of("node", Lighter.version(), uptime, store, exchange, exchange.transport())
                .withCounts(0, Wiring.status(mirror), ProcessStatus.Upstream.of(client.statistics()))
                .withImages(images.status())
                .withSnapshots(snapshots == null ? null : snapshots.status())
                .withAccess(Wiring.access(gate, grants));
    }

    @Override
    public void close() {
        closing.close();
    }
}
