package io.lighterage.supernode.torrent;

import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.Exchange;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.KeyValueTable;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.supernode.upstream.RegistryClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives whole blobs and images of public repositories to standard BitTorrent clients, which share them among
 * themselves.
 *
 * <p>An offer is made when somebody asks for its torrent, and from then on found by its info-hash, also after a
 * restart. It costs nothing until a client connects for it. Before anything of a repository is given out, upstream
 * must let everybody read it, or the repository be named. All calls block but {@link #asked}; safe for use by several
 * threads.
 */
public final class TorrentLane implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TorrentLane.class);

    private final LaneConfig config;
    private final BlobStore store;
    private final Catalog catalog;
    private final Origins origins;
    private final Publicity publicity;
    private final ImageOffers images;
    private final KeyValueTable tags;
    private final Tracker tracker = new Tracker(RandomGenerator.getDefault());
    private final LongAdder refusedRequests = new LongAdder();
    private final Gate gate;

    private TorrentLane(
            LaneConfig config, BlobStore store, Exchange exchange, RegistryClient anonymous, RegistryClient own)
            throws IOException {
        this.config = config;
        this.store = store;
        this.catalog = new Catalog(store);
        this.origins = new Origins(store);
        this.publicity = new Publicity(anonymous, own, config.privateRepositories());
        this.images = new ImageOffers(store, exchange, publicity, catalog);
        this.tags = store.table("torrents-of-tags");
        this.gate = Gate.start(config, this::admit, port -> new Seeder(store, config, port));
    }

    /**
     * Starts to listen.
     *
     * @param exchange brings images in; closed after this
     * @param anonymous asks registries without any credentials; closed after this
     * @param own asks registries with this process's credentials, for repositories that are named; closed after this
     * @throws IOException if the address cannot be listened on; the message names it
     */
    public static TorrentLane start(
            LaneConfig config, BlobStore store, Exchange exchange, RegistryClient anonymous, RegistryClient own)
            throws IOException {
        TorrentLane lane = new TorrentLane(config, store, exchange, anonymous, own);
        InetSocketAddress where = new InetSocketAddress(config.listen().getAddress(), lane.port());
        LOG.info("BitTorrent clients are served on {}", where);
        return lane;
    }

    /** The port that clients connect to. */
    public int port() {
        return gate.port();
    }

    /** Remembers that the blob was asked for in that repository. */
    public void asked(Digest digest, Repository repository) {
        origins.note(digest, repository);
    }

    /**
     * The torrent of one blob.
     *
     * @param repository where it is, if the caller knows; else where it was asked for
     * @throws LaneException if it is not whole here, or in no repository that may be given out
     */
    public LaneTorrent blob(Digest digest, Optional<Repository> repository) throws IOException, InterruptedException {
        StoredBlob stored = store.find(digest)
                .filter(blob -> blob.isComplete() && blob.isVerified())
                .orElseThrow(() -> new LaneException(404, "blob " + digest + " is not whole here"));
        if (stored.info().length() == 0) {
            throw new LaneException(422, "blob " + digest + " is empty, there is no torrent of nothing");
        }
        List<Repository> candidates = new ArrayList<>();
        repository.ifPresentOrElse(candidates::add, () -> candidates.addAll(known(digest)));
        for (Repository candidate : candidates) {
            if (allows(candidate, digest)) {
                return new LaneTorrent(catalog.ofBlob(digest, stored.info().length(), candidate).metainfo());
            }
        }
        throw candidates.isEmpty()
                ? new LaneException(
                        404, "it is not known of which repository " + digest + " is; name it by ?repository=")
                : new LaneException(403, "no repository that everybody may read is known to have " + digest);
    }

    private List<Repository> known(Digest digest) {
        try {
            return origins.of(digest);
        } catch (IOException e) {
            LOG.warn("the origins of {} cannot be read", digest, e);
            return List.of();
        }
    }

    private boolean allows(Repository repository, Digest digest) throws IOException, InterruptedException {
        Optional<Offer> made = catalog.made(digest.toString());
        if (made.isPresent() && made.get().repository().equals(repository)) {
            return publicity.stillAllows(repository, digest);
        }
        try {
            return publicity.allows(repository, digest);
        } catch (IOException e) {
            throw new LaneException(
                    502, "whether everybody may read " + repository + " cannot be asked: " + e.getMessage(), e);
        }
    }

    /**
     * The torrent of a whole image, as an OCI image layout. What is not here is brought in, which may take long.
     *
     * @throws LaneException if the registry does not give it to everybody, or it is not an image
     */
    public LaneTorrent image(ImageReference image, Platform platform) throws IOException, InterruptedException {
        String key = image + " " + platform;
        try {
            Offer offer = images.of(image, platform);
            tags.put(key, offer.metainfo().infoHash().bytes());
            return new LaneTorrent(offer.metainfo());
        } catch (LaneException e) {
            throw e;
        } catch (IOException e) {
            Optional<byte[]> last = tags.get(key);
            if (last.isEmpty()) {
                throw new LaneException(502, image + " cannot be had: " + e.getMessage(), e);
            }
            LOG.warn("{} is offered as it was last: {}", image, e.getMessage());
            return new LaneTorrent(catalog.find(InfoHash.ofBytes(last.get())).orElseThrow().metainfo());
        }
    }

    /** What is offered under this name, after asking whether it still may be. */
    private Offer admit(InfoHash hash) throws IOException, InterruptedException {
        Offer offer = catalog.find(hash).orElseThrow(() -> new LaneException(404, "there is no torrent " + hash));
        for (Part part : offer.parts().reversed()) {
            // The last part is the blob, or the highest layer of an image.
            if (part instanceof Part.Blob blob) {
                if (!publicity.stillAllows(offer.repository(), blob.digest())) {
                    throw new LaneException(403, offer.repository() + " is not public any more");
                }
                return offer;
            }
        }
        return offer;
    }

    /**
     * Answers an announce to the tracker.
     *
     * @param query the raw query of the request
     * @param client the address that it came from
     * @param reached the address of this host that it came to
     * @return a bencoded dictionary; for a torrent that is not offered one that says so
     * @throws MalformedException if the announce cannot be understood
     */
    public byte[] announce(String query, InetAddress client, InetAddress reached) throws IOException {
        Announce announce = Announce.parse(query);
        if (catalog.find(announce.infoHash()).isEmpty()) {
            return failure("this tracker has no torrent " + announce.infoHash());
        }
        InetAddress host = config.advertise().isEmpty() ? reached : InetAddress.getByName(config.advertise());
        Bencoded.Dictionary answer =
                tracker.announce(announce, client, new InetSocketAddress(host, port()), System.nanoTime());
        if (announce.event() != Announce.Event.STOPPED && !announce.complete()) {
            InfoHash hash = announce.infoHash();
            gate.expect(
                    new InetSocketAddress(client, announce.port()), hash, () -> tracker.incomplete(hash, client));
        }
        return answer.encode();
    }

    /**
     * Answers a scrape of the tracker, by BEP 48.
     *
     * @param query the raw query of the request
     * @throws MalformedException if it cannot be understood
     */
    public byte[] scrape(String query) throws IOException {
        InfoHash hash = Announce.parseScrape(query);
        Bencoded.Dictionary files = new Bencoded.Dictionary();
        if (catalog.find(hash).isPresent()) {
            files.with(new String(hash.bytes(), StandardCharsets.ISO_8859_1), tracker.scrape(hash));
        }
        return new Bencoded.Dictionary().with("files", files).encode();
    }

    /** The answer to an announce that fails; counts it. */
    public byte[] failure(String why) {
        refused();
        return new Bencoded.Dictionary().with("failure reason", why).encode();
    }

    /** A request for a torrent was refused. */
    public void refused() {
        refusedRequests.increment();
    }

    /** What the lane does and has done. */
    public LaneStatistics statistics() {
        return gate.statistics(tracker.size(), refusedRequests.sum());
    }

    /** Drops all clients and unloads the library. */
    @Override
    public void close() {
        gate.close();
    }
}
