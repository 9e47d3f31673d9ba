package io.lighterage.cli;

import io.lighterage.blockdev.image.LayerLimits;
import io.lighterage.peer.exchange.Uploads;
import io.lighterage.peer.grant.BlobLinks;
import io.lighterage.peer.grant.GrantBook;
import io.lighterage.peer.grant.GrantIssuer;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.wire.Hello;
import io.lighterage.peer.wire.WireConfig;
import io.lighterage.proxy.Gatekeeper;
import io.lighterage.proxy.Lender;
import io.lighterage.proxy.ManifestWitness;
import io.lighterage.proxy.Mirror;
import io.lighterage.proxy.MirrorConfig;
import io.lighterage.supernode.api.ControlApi;
import io.lighterage.supernode.api.DeviceApi;
import io.lighterage.supernode.api.ExchangeAddress;
import io.lighterage.supernode.api.ProcessStatus;
import io.lighterage.supernode.api.TorrentApi;
import io.lighterage.supernode.api.TraceApi;
import io.lighterage.supernode.api.TraceMetrics;
import io.lighterage.supernode.convert.Conversions;
import io.lighterage.supernode.torrent.LaneConfig;
import io.lighterage.supernode.torrent.TorrentLane;
import io.lighterage.supernode.trace.TraceBook;
import io.lighterage.supernode.tracker.SupernodeExchange;
import io.lighterage.supernode.upstream.RegistryClient;
import io.lighterage.supernode.upstream.UpstreamConfig;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running supernode, in whatever JVM. */
public final class SupernodeProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SupernodeProcess.class);

    /** Transfers that it runs at once: each has but a share of a receiver's link, on which as many nodes send as it has slots. */
    static final int SLOTS = 16;

    private static final int LONGEST_QUEUE = 1024;
    private static final int ENTRIES_PART = 16;

    /** Long enough for a pull, short enough to lose a right soon. */
    private static final Duration GRANT_LIFETIME = Duration.ofMinutes(15);

    private final long startNs = System.nanoTime();
    private final Closing closing = new Closing();
    private BlobStore store;
    private SupernodeExchange exchange;
    private RegistryClient client;
    private Conversions conversions;
    private GrantIssuer issuer;
    private GrantBook grants;
    private Gatekeeper gate;
    private TorrentLane lane;
    private volatile Mirror mirror;

    private SupernodeProcess() {}

    /**
     * Starts it; when this returns it is ready.
     *
     * @throws IOException if the directory or a port cannot be used; the message names it
     */
    public static SupernodeProcess start(SupernodeConfig config) throws IOException, InterruptedException {
        SupernodeProcess process = new SupernodeProcess();
        process.closing.orClose(() -> process.open(config));
        return process;
    }

    private void open(SupernodeConfig config) throws IOException, InterruptedException {
        Security security = closing.add(Security.open(config.security()));
        store = closing.add(BlobStore.open(config.data()));
        UpstreamConfig upstream = Wiring.upstream(
                config.upstreams(), config.caFile(), config.dockerConfig(), config.security());
        client = closing.add(new RegistryClient(upstream, config.access().lend()));
        openDoor(config);
        String host = config.advertise().orElse("");
        exchange = closing.add(SupernodeExchange.start(
                new Uploads.Limits(SLOTS, LONGEST_QUEUE, config.uploadLimit()),
                WireConfig.on(Wiring.bindable(config.exchange())).withSecurity(security.wire()),
                Wiring.hello(Hello.Role.SUPERNODE, host, "", ""),
                store,
                client,
                upstream,
                config.data().resolve("spool"),
                gate,
                issuer,
                grants));
        conversions = closing.add(new Conversions(
                store, exchange, client, gate, grants.links(), exchange.ingest()::hint, limits(config)));
        if (config.torrent().isPresent()) {
            startLane(config, config.torrent().get(), host);
        }
        TraceBook traces = new TraceBook(store.table("traces"));
        int port = exchange.transport().localAddress().getPort();
        ControlApi control = new ControlApi(
                this::status,
                new ExchangeAddress(host, port, Base64.getEncoder().encodeToString(issuer.publicKey())),
                List.of(security.metrics(), new TraceMetrics(traces)));
        UpstreamRegistry registries = new UpstreamRegistry(client);
        Vertx vertx = Mirror.newVertx();
        closing.add(Wiring.closer(vertx));
        mirror = closing.add(Mirror.start(
                served(config),
                security.http(),
                vertx,
                exchange,
                store,
                registries,
                gate,
                Lender.NOBODY,
                exchange.ingest()::hint,
                registries,
                ManifestWitness.NOBODY,
                router -> {
                    control.mount(router);
                    new DeviceApi(conversions, gate, issuer).mount(router);
                    new TraceApi(conversions, gate, traces).mount(router);
                    if (lane != null) {
                        new TorrentApi(lane).mount(router);
                    }
                }));
        LOG.info("supernode serves HTTP on {} and chunks on {}", http(), exchange.transport().localAddress());
    }

    private void startLane(SupernodeConfig config, TorrentSettings settings, String advertise) throws IOException {
        // No password and no certificate: this one asks what everybody may read.
        RegistryClient anonymous = closing.add(new RegistryClient(
                Wiring.upstream(config.upstreams(), config.caFile(), Optional.empty(), SecurityConfig.PLAIN)));
        LaneConfig bounds = LaneConfig.on(Wiring.bindable(settings.listen()), advertise)
                .withBounds(settings.limit(), settings.connections())
                .withPrivate(settings.privateRepositories());
        lane = closing.add(TorrentLane.start(bounds, store, exchange, anonymous, client));
        exchange.ingest().onAsked((digest, source) -> lane.asked(digest, source.repository()));
    }

    private void openDoor(SupernodeConfig config) throws IOException {
        BlobLinks links = new BlobLinks(store.table("links"));
        issuer = GrantIssuer.open(store.table("grants"), GRANT_LIFETIME, InstantSource.system());
        grants = new GrantBook(store.table("grants"), links, Duration.ZERO, InstantSource.system());
        grants.trust(issuer.publicKey());
        gate = Wiring.gate(store, links, new UpstreamRegistry(client), client, config.access(), served(config));
    }

    private static MirrorConfig served(SupernodeConfig config) {
        return config.tags().apply(config.access().apply(MirrorConfig.on(config.http().host(), config.http().port())
                .withRegistries(config.upstreams().keySet())));
    }

    /**
     * An image's entries are in memory several times over while they are merged: a small part of the heap may be
     * theirs.
     */
    private static LayerLimits limits(SupernodeConfig config) {
        long entries = Runtime.getRuntime().maxMemory() / ENTRIES_PART;
        LayerLimits told = config.layers();
        return new LayerLimits(told.plainBytes(), told.ratio(), (int) Math.min(entries, told.entryBytes()));
    }

    /** Where its HTTP port is. */
    public HostPort http() {
        return new HostPort(mirror.address().getHostString(), mirror.address().getPort());
    }

    /** What it holds and does. */
    public ProcessStatus status() {
        long uptime = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNs);
        return ProcessStatus.of("supernode", Lighter.version(), uptime, store, exchange, exchange.transport())
                .withCounts(
                        exchange.trackedBlobs(), Wiring.status(mirror), ProcessStatus.Upstream.of(client.statistics()))
                .withConversions(conversions.progress())
                .withAccess(Wiring.access(gate, grants))
                .withTorrents(lane == null ? null : lane.statistics());
    }

    @Override
    public void close() {
        closing.close();
    }
}
