package io.lighterage.cli;

import io.lighterage.blockdev.image.LayerLimits;
import io.lighterage.peer.exchange.Uploads;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.wire.Hello;
import io.lighterage.peer.wire.WireConfig;
import io.lighterage.proxy.Mirror;
import io.lighterage.proxy.MirrorConfig;
import io.lighterage.supernode.api.ControlApi;
import io.lighterage.supernode.api.DeviceApi;
import io.lighterage.supernode.api.ExchangeAddress;
import io.lighterage.supernode.api.ProcessStatus;
import io.lighterage.supernode.convert.Conversions;
import io.lighterage.supernode.tracker.SupernodeExchange;
import io.lighterage.supernode.upstream.RegistryClient;
import io.lighterage.supernode.upstream.UpstreamConfig;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running supernode, in whatever JVM. */
public final class SupernodeProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SupernodeProcess.class);
    /** Transfers that it runs at once. */
    static final int SLOTS = 8;
    private static final int LONGEST_QUEUE = 1024;
    private static final int ENTRIES_PART = 16;

    private final long startNs = System.nanoTime();
    private final Closing closing = new Closing();
    private BlobStore store;
    private SupernodeExchange exchange;
    private RegistryClient client;
    private Conversions conversions;
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
        client = closing.add(new RegistryClient(upstream));
        String host = config.advertise().orElse("");
        exchange = closing.add(SupernodeExchange.start(
                new Uploads.Limits(SLOTS, LONGEST_QUEUE, config.uploadLimit()),
                WireConfig.on(Wiring.bindable(config.exchange())).withSecurity(security.wire()),
                Wiring.hello(Hello.Role.SUPERNODE, host, "", ""),
                store,
                client,
                upstream,
                config.data().resolve("spool")));
        conversions = closing.add(new Conversions(store, exchange, client, exchange.ingest()::hint, limits(config)));
        int port = exchange.transport().localAddress().getPort();
        ControlApi control = new ControlApi(this::status, new ExchangeAddress(host, port), List.of(security.metrics()));
        Vertx vertx = Mirror.newVertx();
        closing.add(Wiring.closer(vertx));
        mirror = closing.add(Mirror.start(
                MirrorConfig.on(config.http().host(), config.http().port())
                        .withRegistries(config.upstreams().keySet()),
                security.http(),
                vertx,
                exchange,
                store,
                new UpstreamRegistry(client),
                exchange.ingest()::hint,
                router -> {
                    control.mount(router);
                    new DeviceApi(conversions).mount(router);
                }));
        LOG.info("supernode serves HTTP on {} and chunks on {}", http(), exchange.transport().localAddress());
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
                .withConversions(conversions.progress());
    }

    @Override
    public void close() {
        closing.close();
    }
}
