package io.lighterage.proxy;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.BlobRefusedException;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.BlobUnavailableException;
import io.lighterage.peer.exchange.Doorkeeper;
import io.lighterage.peer.exchange.Upstream;
import io.lighterage.peer.grant.BlobLinks;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.KeyValueTable;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.wire.Frame.Refusal;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.UnaryOperator;

/**
 * Lets a client read what is cached only as upstream would let it, by its own credentials.
 *
 * <p>Two things must be known, that upstream lets the client read the repository, and that the blob is in that
 * repository. The first is remembered for minutes, and a refusal for seconds; both by an HMAC of the credential. The
 * second is kept for good in {@link BlobLinks}. What is not known is asked with the client's own credentials, by a HEAD
 * of the very thing that it wants, once for all who want it at that moment. While upstream cannot be asked, what it
 * allowed within a given time stays allowed.
 *
 * <p>A blob whose bytes came from another server counts as being in the repository only after {@link Possession} was
 * shown.
 */
public final class Gatekeeper implements Doorkeeper {
    /** In the answer of a supernode to a HEAD: that the blob is in the repository is known there, and not only said. */
    static final String CONFIRMED = "lighterage-confirmed";

    /**
     * What it looks at. None of it is closed here.
     *
     * @param store what is cached
     * @param links what is in which repository
     * @param access a table of its own
     * @param registry asked for clients
     * @param self asked for what this process wants by its own credentials
     * @param upstream reads blobs at registries themselves
     * @param origins the base URL of a registry: names of the same server are one
     */
    public record Parts(
            BlobStore store,
            BlobLinks links,
            KeyValueTable access,
            Registry registry,
            Registry self,
            Upstream upstream,
            UnaryOperator<String> origins) {}

    private final Parts parts;
    private final AccessMemory memory;
    private final Possession possession;
    private final Duration deadline;
    private final SingleFlight<Boolean> flights = new SingleFlight<>();
    private final LongAdder allowed = new LongAdder();
    private final LongAdder asked = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder offline = new LongAdder();
    private final LongAdder oversized = new LongAdder();

    /** @param deadline how long upstream may take to answer */
    public Gatekeeper(Parts parts, AccessConfig config, Duration deadline) {
        this(parts, config, deadline, InstantSource.system());
    }

    Gatekeeper(Parts parts, AccessConfig config, Duration deadline, InstantSource clock) {
        this.parts = parts;
        this.memory = new AccessMemory(config, parts.access(), clock);
        this.possession = new Possession(parts.upstream());
        this.deadline = deadline;
    }

    @Override
    public void admit(Digest digest, BlobSource source, boolean held)
            throws BlobUnavailableException, InterruptedException {
        try {
            require(source, digest, held);
        } catch (RefusedException e) {
            throw new BlobRefusedException(digest, refusal(e));
        }
    }

    private static Refusal refusal(RefusedException e) {
        return new Refusal(
                e.status(),
                e.headers().getOrDefault("WWW-Authenticate", ""),
                e.headers().getOrDefault("Retry-After", ""),
                e.body());
    }

    @Override
    public Optional<Refusal> admitManifest(Repository repository, String reference, String authorization)
            throws InterruptedException {
        try {
            requireRepository(new BlobSource(repository, authorization), "/manifests/" + reference);
            return Optional.empty();
        } catch (RefusedException e) {
            return Optional.of(refusal(e));
        }
    }

    @Override
    public void gave(Digest digest, BlobSource source, boolean fresh) {
        if (fresh) {
            parts.links().begin(source.repository(), digest);
        } else {
            parts.links().goOn(source.repository(), digest);
        }
        if (!source.own()) {
            memory.allow(source.repository(), source.authorization());
        }
    }

    @Override
    public boolean isPublic(Repository repository) {
        return memory.isAllowed(repository, "");
    }

    /** Whether the blob is known to be in the repository. */
    boolean contains(Repository repository, Digest digest) {
        return parts.links().contains(repository, digest);
    }

    /** Upstream gave this client a manifest or blob out of this repository, all of whose bytes are as its digest says. */
    void gaveWhole(Repository repository, Asker asker, Digest digest) {
        parts.links().add(repository, digest);
        memory.allow(repository, asker.authorization());
    }

    /** Upstream answered this client a question about the repository with success. */
    void allowed(Repository repository, Asker asker) {
        memory.allow(repository, asker.authorization());
    }

    /** Refuses a client that upstream refused a moment ago, without asking again. */
    void repeatRefusal(Repository repository, Asker asker) throws RefusedException {
        Optional<RefusedException> before = memory.refusal(repository, asker.authorization());
        if (before.isPresent()) {
            refused.increment();
            throw before.get();
        }
    }

    /** Upstream refused this client the repository, if {@code refusal} says so. */
    void refused(Repository repository, Asker asker, RefusedException refusal) {
        if (refusal.status() == 401 || refusal.status() == 403) {
            memory.refuse(repository, asker.authorization(), refusal);
        }
    }

    /** Whether the client may have what is cached while upstream cannot be asked. */
    boolean isAllowedOffline(Repository repository, Asker asker) {
        boolean may = memory.isAllowedOffline(repository, asker.authorization());
        (may ? offline : refused).increment();
        return may;
    }

    /** The registry took credentials of this host, for which it asked in these words. */
    void lent(String registry, String challenge) {
        memory.challenged(registry, challenge);
    }

    /** The words in which a registry that cannot be asked now asked for the credentials of this host before. */
    Optional<String> challenge(String registry) {
        return memory.challenge(registry);
    }

    /** Counts credentials that are too long. */
    void oversized() {
        oversized.increment();
    }

    /** What it has decided so far. */
    public AccessStatistics statistics() {
        return new AccessStatistics(allowed.sum(), asked.sum(), refused.sum(), offline.sum(), oversized.sum());
    }

    /** Returns if the client may read the blob, see {@link #admit}. */
    void require(BlobSource source, Digest digest, boolean held) throws RefusedException, InterruptedException {
        boolean known = !held || contains(source.repository(), digest);
        if (known && (source.own() || memory.isAllowed(source.repository(), source.authorization()))) {
            allowed.increment();
            return;
        }
        once(source, "/blobs/" + digest, known, response -> known || confirm(source, digest, response));
    }

    /** Returns if the client may read the repository, where {@code path} is what it wants of that. */
    void requireRepository(BlobSource source, String path) throws RefusedException, InterruptedException {
        if (memory.isAllowed(source.repository(), source.authorization())) {
            allowed.increment();
            return;
        }
        once(source, path, true, response -> true);
    }

    /** What an answer of success shows. */
    private interface Check {
        boolean holds(Registry.Response answer) throws IOException, RefusedException, InterruptedException;
    }

    private void once(BlobSource source, String path, boolean known, Check check)
            throws RefusedException, InterruptedException {
        Repository repository = source.repository();
        if (!source.own()) {
            repeatRefusal(repository, new Asker(source.authorization(), ""));
        }
        String what = path.substring(1) + " of " + repository;
        try {
            String key = memory.name(repository, source.own() ? "own" : source.authorization()) + " " + path;
            if (!flights.run(key, deadline.multipliedBy(2), () -> ask(source, path, what, check))) {
                throw RefusedException.of(404, OciError.BLOB_UNKNOWN, what + ": it is not known to be there", path);
            }
        } catch (RefusedException e) {
            if (known && isOutage(e.status()) && memory.isAllowedOffline(repository, source.authorization())) {
                offline.increment();
                return;
            }
            refused.increment();
            throw e;
        } catch (IOException e) {
            if (known && memory.isAllowedOffline(repository, source.authorization())) {
                offline.increment();
                return;
            }
            refused.increment();
            throw UpstreamAnswers.unreachable(e, what);
        }
    }

    /** Whether upstream can be said not to have answered. */
    static boolean isOutage(int status) {
        return status >= 500 || status == 429;
    }

    private boolean ask(BlobSource source, String path, String what, Check check)
            throws IOException, RefusedException, InterruptedException {
        asked.increment();
        Registry registry = source.own() ? parts.self() : parts.registry();
        Asker asker = new Asker(source.authorization(), path.startsWith("/manifests/") ? ManifestDocument.ACCEPT : "");
        Registry.Request request = new Registry.Request(
                Registry.Method.HEAD, source.repository(), path, "", asker.headers(), deadline);
        try (Registry.Response response = registry.ask(request)) {
            if (response.status() != 200) {
                RefusedException refusal = UpstreamAnswers.refusal(response, what);
                refused(source.repository(), asker, refusal);
                throw response.status() == 404 ? notThere(path, refusal) : refusal;
            }
            boolean holds = check.holds(response);
            if (!source.own()) {
                memory.allow(source.repository(), source.authorization());
            }
            return holds;
        }
    }

    /** The answer to a HEAD has no words: these are the ones that a GET would have. */
    private static RefusedException notThere(String path, RefusedException refusal) {
        String code = path.startsWith("/blobs/") ? OciError.BLOB_UNKNOWN : OciError.MANIFEST_UNKNOWN;
        return RefusedException.of(404, code, refusal.getMessage(), path.substring(path.lastIndexOf('/') + 1));
    }

    /** Upstream says that it has the blob there; whether that is to be believed. */
    private boolean confirm(BlobSource source, Digest digest, Registry.Response response)
            throws IOException, InterruptedException {
        BlobLinks links = parts.links();
        String origin = parts.origins().apply(source.repository().registry());
        boolean told = response.header(CONFIRMED).isPresent()
                || links.isProven(digest, origin)
                || links.source(digest)
                        .filter(from -> parts.origins().apply(from.registry()).equals(origin)).isPresent();
        if (!told) {
            Optional<StoredBlob> stored = parts.store().find(digest);
            if (stored.isEmpty()) {
                return true;
            }
            if (!possession.isShown(source, stored.get(), System.nanoTime() + TimeUnit.NANOSECONDS.convert(deadline))) {
                return false;
            }
            links.prove(digest, origin);
        }
        links.add(source.repository(), digest);
        return true;
    }
}
