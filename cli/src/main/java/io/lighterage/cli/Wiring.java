package io.lighterage.cli;

import io.lighterage.peer.grant.BlobLinks;
import io.lighterage.peer.grant.GrantBook;
import io.lighterage.peer.grant.GrantStatistics;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.wire.Hello;
import io.lighterage.proxy.AccessStatistics;
import io.lighterage.proxy.Gatekeeper;
import io.lighterage.proxy.Mirror;
import io.lighterage.proxy.MirrorConfig;
import io.lighterage.proxy.MirrorStatistics;
import io.lighterage.proxy.Registry;
import io.lighterage.supernode.api.ProcessStatus;
import io.lighterage.supernode.upstream.RegistryClient;
import io.lighterage.supernode.upstream.UpstreamConfig;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What the wiring of supernode and node has in common. */
final class Wiring {
    private static final long VERTX_CLOSE_SECONDS = 3;

    private Wiring() {}

    /** How registries are read. */
    static UpstreamConfig upstream(
            Map<String, List<URI>> upstreams,
            Optional<Path> caFile,
            Optional<Path> dockerConfig,
            SecurityConfig security) {
        UpstreamConfig.Builder builder = UpstreamConfig.defaults().toBuilder();
        upstreams.forEach(builder::upstream);
        caFile.ifPresent(builder::extraAuthority);
        dockerConfig.ifPresent(builder::dockerConfig);
        security.upstream().forEach(builder::clientCertificate);
        return builder.build();
    }

    /** Who may read what a process has cached, as its registries say. */
    static Gatekeeper gate(
            BlobStore store,
            BlobLinks links,
            Registry registry,
            RegistryClient client,
            AccessSettings access,
            MirrorConfig mirror) {
        return new Gatekeeper(
                new Gatekeeper.Parts(
                        store,
                        links,
                        store.table("access"),
                        registry,
                        new UpstreamRegistry(client, true),
                        client,
                        client::origin),
                access.config(),
                mirror.upstreamDeadline());
    }

    /** What was decided about who may read. */
    static ProcessStatus.Access access(Gatekeeper gate, GrantBook grants) {
        AccessStatistics decided = gate.statistics();
        GrantStatistics shown = grants.statistics();
        return new ProcessStatus.Access(
                decided.allowed(), decided.asked(), decided.refused(), decided.offline(), decided.oversized(),
                shown.accepted(), shown.forged(), shown.expired(), shown.refused());
    }

    /** How a process introduces itself; the transport fills in the port. */
    static Hello hello(Hello.Role role, String host, String rack, String zone) {
        return new Hello(Hello.VERSION, UUID.randomUUID(), role, host, 0, rack, zone, 0);
    }

    /** The address to listen on. */
    static InetSocketAddress bindable(HostPort address) throws UnknownHostException {
        InetSocketAddress resolved = address.resolve();
        if (resolved.isUnresolved()) {
            throw new UnknownHostException("cannot listen on " + address + ": its host is unknown");
        }
        return resolved;
    }

    /**
     * What a mirror has served.
     *
     * @param mirror null while it is being started
     */
    static ProcessStatus.Mirror status(Mirror mirror) {
        if (mirror == null) {
            return null;
        }
        MirrorStatistics statistics = mirror.statistics();
        Map<String, Long> requests = new TreeMap<>();
        statistics.requests().forEach((key, count) -> requests.merge(key.status() / 100 + "xx", count, Long::sum));
        return new ProcessStatus.Mirror(
                requests, statistics.bytesOut(), statistics.active(), statistics.staleTags(), statistics.brokenOff(),
                statistics.rejected());
    }

    /** Closes {@code vertx} and waits, so that nothing of it runs on while the rest is closed. */
    static AutoCloseable closer(Vertx vertx) {
        return () -> {
            try {
                vertx.close().toCompletionStage().toCompletableFuture().get(VERTX_CLOSE_SECONDS, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                throw new IOException("Vert.x did not close within " + VERTX_CLOSE_SECONDS + " s", e);
            }
        };
    }
}
