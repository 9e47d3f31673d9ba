package io.lighterage.supernode.api;

import io.lighterage.blockdev.catalog.ConversionProgress;
import io.lighterage.blockdev.mount.ImageStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** The numbers of a {@link ProcessStatus} as Prometheus text. The meters are made at the first scrape. */
final class Metrics {
    /** The content type of {@link #scrape}. */
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final Supplier<ProcessStatus> status;
    /** Guarded by {@code this}, as are the meters. */
    private PrometheusMeterRegistry registry;
    /** The status that the meters read during one scrape, so that it is taken once. */
    private volatile ProcessStatus current;

    private final List<MeterBinder> more;

    /** @param more further numbers of the process */
    Metrics(Supplier<ProcessStatus> status, List<MeterBinder> more) {
        this.status = status;
        this.more = List.copyOf(more);
    }

    /** The page. */
    synchronized String scrape() {
        current = status.get();
        if (registry == null) {
            registry = register(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        }
        return registry.scrape();
    }

    private PrometheusMeterRegistry register(PrometheusMeterRegistry meters) {
        Tags role = Tags.of("role", current.role(), "version", current.version());
        gauge(meters, "lighterage.info", "Which build this is.", role, s -> 1);
        Tags none = Tags.empty();
        gauge(meters, "lighterage.uptime.seconds", "Seconds since ready.", none, ProcessStatus::uptimeSeconds);
        gauge(meters, "lighterage.store.blobs", "Blobs stored.", Tags.of("state", "any"), s -> s.store().blobs());
        gauge(meters, "lighterage.store.blobs", "Blobs stored.", Tags.of("state", "complete"),
                s -> s.store().completeBlobs());
        gauge(meters, "lighterage.store.bytes", "Bytes stored.", none, s -> s.store().presentBytes());
        gauge(meters, "lighterage.exchange.connections", "Connections open.", none, ProcessStatus::connections);
        gauge(meters, "lighterage.exchange.transfers", "Blobs being fetched.", none, ProcessStatus::transfers);
        received(meters, "upstream", s -> s.traffic().fromUpstream());
        received(meters, "supernode", s -> s.traffic().fromSupernode());
        received(meters, "node", s -> s.traffic().fromPeers());
        counter(meters, "lighterage.exchange.sent.bytes", "Bytes of chunks sent.", Tags.of("to", "node"),
                s -> s.traffic().toNodes());
        counter(meters, "lighterage.exchange.wrong.chunks", "Chunks that failed verification.", none,
                s -> s.traffic().wrongChunks());
        counter(meters, "lighterage.exchange.hedges", "Chunks asked for twice.", none, s -> s.traffic().hedges());
        gauge(meters, "lighterage.tracker.blobs", "Blobs that some connected node holds or fetches.", none,
                ProcessStatus::trackedBlobs);
        mirror(meters);
        upstream(meters);
        images(meters);
        access(meters);
        if (current.torrents() != null) {
            torrents(meters);
        }
        if (current.snapshots() != null) {
            snapshots(meters);
        }
        for (ConversionProgress.State state : ConversionProgress.State.values()) {
            gauge(meters, "lighterage.conversions", "Images asked for last, by how far they are.",
                    Tags.of("state", state.name().toLowerCase(Locale.ROOT)),
                    s -> s.conversions().stream().filter(one -> one.state() == state).count());
        }
        Runtime runtime = Runtime.getRuntime();
        Gauge.builder("lighterage.heap.bytes", runtime, r -> r.totalMemory() - r.freeMemory())
                .description("Bytes of heap in use.")
                .register(meters);
        new ProcessorMetrics().bindTo(meters);
        more.forEach(binder -> binder.bindTo(meters));
        return meters;
    }

    private void mirror(PrometheusMeterRegistry meters) {
        Tags none = Tags.empty();
        for (String status : List.of("2xx", "3xx", "4xx", "5xx")) {
            counter(meters, "lighterage.mirror.requests", "Requests that the mirror answered.",
                    Tags.of("status", status), s -> s.mirror().requests().getOrDefault(status, 0L));
        }
        counter(meters, "lighterage.mirror.sent.bytes", "Bytes of bodies that the mirror sent.", none,
                s -> s.mirror().bytesOut());
        gauge(meters, "lighterage.mirror.active", "Requests that the mirror answers now.", none,
                s -> s.mirror().active());
        counter(meters, "lighterage.mirror.stale.tags", "Tags served stale because upstream was down.", none,
                s -> s.mirror().staleTags());
        for (String reason : current.mirror().rejected().keySet()) {
            counter(meters, "lighterage.mirror.rejected", "Requests and connections turned away.",
                    Tags.of("reason", reason),
                    s -> s.mirror().rejected().getOrDefault(reason, 0L));
        }
        counter(meters, "lighterage.mirror.broken.off", "Blobs reset midway because their bytes did not come.", none,
                s -> s.mirror().brokenOff());
    }

    private void upstream(PrometheusMeterRegistry meters) {
        Tags none = Tags.empty();
        counter(meters, "lighterage.upstream.requests", "Requests sent to registries.", none,
                s -> s.upstream().requests());
        counter(meters, "lighterage.upstream.retries", "Requests that repeated a failed one.", none,
                s -> s.upstream().retries());
        counter(meters, "lighterage.upstream.resumed", "Bodies that broke and were gone on with.", none,
                s -> s.upstream().resumed());
        counter(meters, "lighterage.upstream.received.bytes", "Bytes of bodies received from registries.", none,
                s -> s.upstream().bytes());
        counter(meters, "lighterage.upstream.tokens", "Tokens fetched.", none, s -> s.upstream().tokens());
        counter(meters, "lighterage.upstream.limited",
                "Requests not sent within a time that a registry had told.", none,
                s -> s.upstream().limited());
    }

    private void access(PrometheusMeterRegistry meters) {
        decided(meters, "allowed", s -> s.access().allowed());
        decided(meters, "asked", s -> s.access().asked());
        decided(meters, "refused", s -> s.access().refused());
        decided(meters, "offline", s -> s.access().offline());
        decided(meters, "oversized", s -> s.access().oversized());
        shown(meters, "accepted", s -> s.access().grants());
        shown(meters, "forged", s -> s.access().forged());
        shown(meters, "expired", s -> s.access().expired());
        shown(meters, "missing", s -> s.access().ungranted());
    }

    private void decided(PrometheusMeterRegistry meters, String how, ToDoubleFunction<ProcessStatus> value) {
        counter(meters, "lighterage.access.decisions", "Questions of who may read, by how they were answered.",
                Tags.of("how", how), value);
    }

    private void shown(PrometheusMeterRegistry meters, String result, ToDoubleFunction<ProcessStatus> value) {
        counter(meters, "lighterage.access.grants", "Grants that other hosts showed, or did not.",
                Tags.of("result", result), value);
    }

    private void images(PrometheusMeterRegistry meters) {
        Tags none = Tags.empty();
        gauge(meters, "lighterage.lazy.images", "Images known as devices.", Tags.of("state", "any"),
                s -> s.images().size());
        gauge(meters, "lighterage.lazy.images", "Images known as devices.", Tags.of("state", "local"),
                s -> s.images().stream().filter(ImageStatus::isLocal).count());
        gauge(meters, "lighterage.lazy.mounts", "Mounts of images.", none,
                s -> s.images().stream().mapToInt(image -> image.mounts().size()).sum());
        gauge(meters, "lighterage.lazy.local.bytes", "Bytes of devices that are here.", none,
                s -> s.images().stream().mapToLong(ImageStatus::localBytes).sum());
        gauge(meters, "lighterage.lazy.waiting.reads", "Reads that wait for missing bytes.", none,
                s -> s.images().stream().mapToInt(ImageStatus::waitingReads).sum());
        counter(meters, "lighterage.lazy.demanded.bytes", "Bytes fetched because a read waited, of open devices.", none,
                s -> s.images().stream().mapToLong(ImageStatus::onDemandBytes).sum());
        counter(meters, "lighterage.lazy.read.bytes", "Bytes read of open devices.", none,
                s -> s.images().stream().mapToLong(ImageStatus::readBytes).sum());
    }

    private void torrents(PrometheusMeterRegistry meters) {
        Tags none = Tags.empty();
        gauge(meters, "lighterage.torrent.connections", "BitTorrent clients connected.", none,
                s -> s.torrents().connections());
        gauge(meters, "lighterage.torrent.loaded", "Torrents that are seeded now.", none, s -> s.torrents().loaded());
        gauge(meters, "lighterage.torrent.peers", "Clients that the tracker knows.", none, s -> s.torrents().peers());
        counter(meters, "lighterage.torrent.sent.bytes", "Bytes of blocks that BitTorrent clients asked for.", none,
                s -> s.torrents().bytesSent());
        String refused = "Clients and requests refused or dropped, by what it was.";
        counter(meters, "lighterage.torrent.refused", refused, Tags.of("what", "connection"),
                s -> s.torrents().refused());
        counter(meters, "lighterage.torrent.refused", refused, Tags.of("what", "stalled"), s -> s.torrents().stalled());
        counter(meters, "lighterage.torrent.refused", refused, Tags.of("what", "request"),
                s -> s.torrents().refusedRequests());
        counter(meters, "lighterage.torrent.library.starts", "How often the BitTorrent library was loaded.", none,
                s -> s.torrents().libraryStarts());
        counter(meters, "lighterage.torrent.library.hangs", "How often it answered nobody and was replaced.", none,
                s -> s.torrents().libraryHangs());
    }

    private void snapshots(PrometheusMeterRegistry meters) {
        Tags none = Tags.empty();
        gauge(meters, "lighterage.snapshots", "Snapshots of containerd.", none, s -> s.snapshots().snapshots());
        gauge(meters, "lighterage.snapshots.remote", "Snapshots that were never unpacked.", none,
                s -> s.snapshots().remoteLayers());
        String decided = "Images that a pull was to open lazily, by how it went on.";
        counter(meters, "lighterage.snapshots.decisions", decided, Tags.of("how", "lazy"), s -> s.snapshots().lazy());
        counter(meters, "lighterage.snapshots.decisions", decided, Tags.of("how", "eager"),
                s -> s.snapshots().eager());
        counter(meters, "lighterage.snapshots.built", "Layers put together on this node.", none,
                s -> s.snapshots().built());
        counter(meters, "lighterage.snapshots.refused", "Calls of containerd that were refused.", none,
                s -> s.snapshots().refused());
    }

    private void received(PrometheusMeterRegistry meters, String from, ToDoubleFunction<ProcessStatus> value) {
        counter(meters, "lighterage.exchange.received.bytes", "Verified bytes received.", Tags.of("from", from), value);
    }

    private void gauge(
            PrometheusMeterRegistry meters,
            String name,
            String help,
            Tags tags,
            ToDoubleFunction<ProcessStatus> value) {
        Gauge.builder(name, this, self -> value.applyAsDouble(self.current))
                .description(help)
                .tags(tags)
                .register(meters);
    }

    private void counter(
            PrometheusMeterRegistry meters,
            String name,
            String help,
            Tags tags,
            ToDoubleFunction<ProcessStatus> value) {
        FunctionCounter.builder(name, this, self -> value.applyAsDouble(self.current))
                .description(help)
                .tags(tags)
                .register(meters);
    }
}
