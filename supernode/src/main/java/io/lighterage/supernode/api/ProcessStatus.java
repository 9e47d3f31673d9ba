package io.lighterage.supernode.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.lighterage.blockdev.catalog.ConversionProgress;
import io.lighterage.blockdev.mount.ImageStatus;
import io.lighterage.blockdev.snapshotter.SnapshotterStatus;
import io.lighterage.peer.exchange.Exchange;
import io.lighterage.peer.exchange.ExchangeStatistics;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoreStatistics;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.Hello;
import io.lighterage.peer.wire.Transport;
import io.lighterage.supernode.torrent.LaneStatistics;
import io.lighterage.supernode.upstream.UpstreamStatistics;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a supernode or node holds and does: the JSON of {@code GET /api/v1/status}. Fields may be added; readers
 * ignore those that they do not know.
 *
 * @param role {@code supernode} or {@code node}
 * @param version the build's version
 * @param uptimeSeconds seconds since it was ready
 * @param store what is stored
 * @param traffic bytes moved since the start
 * @param connections connections of the exchange open now
 * @param transfers blobs being fetched now
 * @param trackedBlobs blobs that some connected node holds or fetches; on a supernode only
 * @param mirror what its mirror served
 * @param upstream what it asked of registries
 * @param peers the hosts connected now
 * @param images the images that it opens lazily or holds as devices
 * @param conversions the images that it brings in or converts, and what became of those it was asked for last
 * @param access what was decided about who may read
 * @param torrents what BitTorrent clients get; null where none are served
 * @param snapshots what containerd's snapshotter holds and decided; null where there is none
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record ProcessStatus(
        String role,
        String version,
        long uptimeSeconds,
        Store store,
        Traffic traffic,
        int connections,
        int transfers,
        int trackedBlobs,
        Mirror mirror,
        Upstream upstream,
        List<Peer> peers,
        List<ImageStatus> images,
        List<ConversionProgress> conversions,
        Access access,
        LaneStatistics torrents,
        SnapshotterStatus snapshots) {
    /** Where it is served. */
    public static final String PATH = "/api/v1/status";

    public ProcessStatus {
        mirror = mirror == null ? new Mirror(Map.of(), 0, 0, 0, 0, Map.of()) : mirror;
        upstream = upstream == null ? new Upstream(0, 0, 0, 0, 0, 0) : upstream;
        peers = peers == null ? List.of() : List.copyOf(peers);
        images = images == null ? List.of() : List.copyOf(images);
        conversions = conversions == null ? List.of() : List.copyOf(conversions);
        access = access == null ? new Access(0, 0, 0, 0, 0, 0, 0, 0, 0) : access;
    }

    /** As the parts of a process say now. */
    public static ProcessStatus of(
            String role, String version, long uptimeSeconds, BlobStore store, Exchange exchange, Transport transport) {
        ExchangeStatistics statistics = exchange.statistics();
        return new ProcessStatus(
                role,
                version,
                uptimeSeconds,
                Store.of(store.statistics()),
                Traffic.of(statistics),
                statistics.connections(),
                statistics.transfers(),
                0,
                null,
                null,
                transport.connections().stream().map(Peer::of).toList(),
                List.of(),
                List.of(),
                null,
                null,
                null);
    }

    /** The same with what was decided about who may read. */
    public ProcessStatus withAccess(Access decided) {
        return new ProcessStatus(
                role, version, uptimeSeconds, store, traffic, connections, transfers, trackedBlobs, mirror, upstream,
                peers, images, conversions, decided, torrents, snapshots);
    }

    /**
     * What was decided about who may read since the start, as numbers.
     *
     * @param allowed questions about a client that were answered from memory
     * @param asked questions about a client that were put to upstream
     * @param refused questions about a client that ended with a refusal
     * @param offline clients that were allowed because upstream could not be asked and had allowed them before
     * @param oversized requests with credentials that were too long
     * @param grants right grants that other hosts showed
     * @param forged wrong grants that other hosts showed
     * @param expired grants that other hosts showed too late
     * @param ungranted blobs that other hosts opened without a grant for them
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Access(
            long allowed,
            long asked,
            long refused,
            long offline,
            long oversized,
            long grants,
            long forged,
            long expired,
            long ungranted) {}

    /** The same with lazily opened images. */
    public ProcessStatus withImages(List<ImageStatus> opened) {
        return new ProcessStatus(
                role, version, uptimeSeconds, store, traffic, connections, transfers, trackedBlobs, mirror, upstream,
                peers, opened, conversions, access, torrents, snapshots);
    }

    /** The same with images that are brought in or converted. */
    public ProcessStatus withConversions(List<ConversionProgress> asked) {
        return new ProcessStatus(
                role, version, uptimeSeconds, store, traffic, connections, transfers, trackedBlobs, mirror, upstream,
                peers, images, asked, access, torrents, snapshots);
    }

    /** The same with what else is counted. */
    public ProcessStatus withCounts(int tracked, Mirror served, Upstream asked) {
        return new ProcessStatus(
                role, version, uptimeSeconds, store, traffic, connections, transfers, tracked, served, asked,
                peers, images, conversions, access, torrents, snapshots);
    }

    /** The same with what BitTorrent clients get. */
    public ProcessStatus withTorrents(LaneStatistics lane) {
        return new ProcessStatus(
                role, version, uptimeSeconds, store, traffic, connections, transfers, trackedBlobs, mirror, upstream,
                peers, images, conversions, access, lane, snapshots);
    }

    /** The same with what a snapshotter holds and decided. */
    public ProcessStatus withSnapshots(SnapshotterStatus served) {
        return new ProcessStatus(
                role, version, uptimeSeconds, store, traffic, connections, transfers, trackedBlobs, mirror, upstream,
                peers, images, conversions, access, torrents, served);
    }

    /**
     * What is stored.
     *
     * @param blobs number of blobs, whole or partial
     * @param completeBlobs number of whole ones
     * @param presentBytes bytes that are there
     * @param totalBytes bytes when all are whole
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Store(long blobs, long completeBlobs, long presentBytes, long totalBytes) {
        /** As the store counts. */
        public static Store of(StoreStatistics statistics) {
            return new Store(
                    statistics.blobs(), statistics.completeBlobs(), statistics.presentBytes(), statistics.totalBytes());
        }
    }

    /**
     * Bytes of chunks moved since the start, and how well.
     *
     * @param fromUpstream bytes read from registries
     * @param fromSupernode bytes received from the supernode
     * @param fromPeers bytes received from nodes
     * @param toNodes bytes sent to nodes
     * @param wrongChunks chunks that failed verification
     * @param hedges chunks asked for twice because the first answer was late
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Traffic(
            long fromUpstream, long fromSupernode, long fromPeers, long toNodes, long wrongChunks, long hedges) {
        /** As the exchange counts. */
        public static Traffic of(ExchangeStatistics statistics) {
            return new Traffic(
                    statistics.fromUpstream(),
                    statistics.fromSupernode(),
                    statistics.fromPeers(),
                    statistics.toNodes(),
                    statistics.wrongChunks(),
                    statistics.hedges());
        }
    }

    /**
     * What a mirror served since the start.
     *
     * @param requests number of answers by class of status, {@code 2xx} to {@code 5xx}
     * @param bytesOut bytes of bodies sent
     * @param active requests being answered now
     * @param staleTags tags served stale because upstream was down
     * @param brokenOff blobs whose connection was reset midway because their bytes did not come
     * @param rejected number of requests and connections turned away by reason, as {@code malformed}
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Mirror(
            Map<String, Long> requests,
            long bytesOut,
            int active,
            long staleTags,
            long brokenOff,
            Map<String, Long> rejected) {
        public Mirror {
            rejected = Collections.unmodifiableMap(rejected == null ? new TreeMap<>() : new TreeMap<>(rejected));
            requests = Collections.unmodifiableMap(requests == null ? new TreeMap<>() : new TreeMap<>(requests));
        }
    }

    /**
     * What was asked of registries since the start.
     *
     * @param requests HTTP requests sent, retries and redirects included
     * @param retries how many of them repeated a failed one
     * @param resumed how many bodies broke and were gone on with
     * @param bytes bytes of bodies received
     * @param tokens tokens fetched
     * @param limited requests not sent because a registry had told a time before which it will not be asked
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Upstream(long requests, long retries, long resumed, long bytes, long tokens, long limited) {
        /** As the client of registries counts. */
        public static Upstream of(UpstreamStatistics statistics) {
            return new Upstream(
                    statistics.requests(), statistics.retries(), statistics.resumed(), statistics.bytes(),
                    statistics.tokens(), statistics.limited());
        }
    }

    /**
     * A host connected now.
     *
     * @param id its name for itself
     * @param address where it is reached, {@code HOST:PORT}
     * @param rack its rack, or empty
     * @param zone its zone, or empty
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Peer(String id, String address, String rack, String zone) {
        /** As the other side introduced itself. */
        public static Peer of(Connection connection) {
            Hello hello = connection.peer();
            String host = hello.host().isEmpty()
                    ? connection.remoteAddress().getAddress().getHostAddress()
                    : hello.host();
            String bracketed = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
            return new Peer(hello.id().toString(), bracketed + ":" + hello.port(), hello.rack(), hello.zone());
        }
    }
}
