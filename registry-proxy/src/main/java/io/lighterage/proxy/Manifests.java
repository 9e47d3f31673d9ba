package io.lighterage.proxy;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Quoted;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.store.BlobReader;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoreException;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.proxy.ManifestDocument.BadManifestException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Manifests by tag and by digest. By digest they are kept as blobs and never asked for again; a tag is asked for again
 * after its lifetime, and served stale while upstream is down. Equal questions at the same time are asked once.
 */
final class Manifests {
    private static final Logger LOG = LoggerFactory.getLogger(Manifests.class);

    private final MirrorConfig config;
    private final BlobStore store;
    private final Registry registry;
    private final Gatekeeper gate;
    private final SizeHints hints;
    private final TagCache tags;
    private final InstantSource clock;
    private final SingleFlight<Found> flights = new SingleFlight<>();
    private final LongAdder stale = new LongAdder();

    Manifests(
            MirrorConfig config,
            BlobStore store,
            Registry registry,
            Gatekeeper gate,
            SizeHints hints,
            InstantSource clock) {
        this.config = config;
        this.store = store;
        this.registry = registry;
        this.gate = gate;
        this.hints = hints;
        this.tags = new TagCache(store.table("tags"));
        this.clock = clock;
    }

    /**
     * A manifest that can be served.
     *
     * @param stale whether upstream could not confirm that the tag still names it
     */
    record Found(ManifestDocument document, boolean stale) {}

    /** Number of stale answers so far. */
    long staleCount() {
        return stale.sum();
    }

    /** The manifest of this digest, from the store or else from upstream. */
    Found byDigest(Repository repository, Digest digest, Asker asker) throws RefusedException, InterruptedException {
        String what = "manifest " + repository + "@" + digest;
        try {
            Optional<ManifestDocument> held =
                    gate.contains(repository, digest) ? held(digest, "") : Optional.empty();
            if (held.isPresent()) {
                gate.requireRepository(new BlobSource(repository, asker.authorization()), "/manifests/" + digest);
                return new Found(held.get(), false);
            }
            String key = repository + "@" + digest + " " + asker.credentialHash() + " " + asker.acceptHash();
            gate.repeatRefusal(repository, asker);
            return flights.run(key, waiting(), () -> {
                try (Registry.Response response = ask(Registry.Method.GET, repository, digest.toString(), asker)) {
                    return new Found(accept(repository, asker, response, what, Optional.of(digest)), false);
                }
            });
        } catch (IOException e) {
            throw UpstreamAnswers.unreachable(e, what);
        }
    }

    /** The manifest that the tag names, as the cache or else upstream knows it. */
    Found byTag(Repository repository, String tag, Asker asker) throws RefusedException, InterruptedException {
        String what = "manifest " + repository + ":" + tag;
        try {
            Optional<TagCache.Entry> known = tags.find(repository, tag, asker);
            if (known.isPresent() && isFresh(known.get())) {
                Optional<ManifestDocument> held = held(known.get().digest(), known.get().mediaType());
                if (held.isPresent()) {
                    return new Found(held.get(), false);
                }
            }
            gate.repeatRefusal(repository, asker);
            String key = repository + ":" + tag + " " + asker.credentialHash() + " " + asker.acceptHash();
            Found found = flights.run(key, waiting(), () -> refresh(repository, tag, asker, what));
            if (found.stale()) {
                stale.increment();
            }
            return found;
        } catch (IOException e) {
            throw UpstreamAnswers.unreachable(e, what);
        }
    }

    private boolean isFresh(TagCache.Entry entry) {
        long ageMs = clock.millis() - entry.checkedAtMs();
        return ageMs >= 0 && ageMs < config.tagLifetime().toMillis();
    }

    /** A follower waits for a HEAD and a GET of the leader. */
    private Duration waiting() {
        return config.upstreamDeadline().multipliedBy(2);
    }

    private Found refresh(Repository repository, String tag, Asker asker, String what)
            throws IOException, RefusedException, InterruptedException {
        try {
            Optional<Found> confirmed = revalidate(repository, tag, asker, what);
            if (confirmed.isPresent()) {
                return confirmed.get();
            }
            try (Registry.Response response = ask(Registry.Method.GET, repository, tag, asker)) {
                if (response.status() >= 500) {
                    throw new UpstreamDownException(UpstreamAnswers.refusal(response, what));
                }
                ManifestDocument document = accept(repository, asker, response, what, Optional.empty());
                return remember(repository, tag, asker, document, isStale(response));
            }
        } catch (IOException e) {
            Optional<TagCache.Entry> old = tags.acceptable(repository, tag, asker);
            Optional<ManifestDocument> held = old.isPresent()
                    ? held(old.get().digest(), old.get().mediaType())
                    : Optional.empty();
            if (held.isPresent() && gate.isAllowedOffline(repository, asker)) {
                LOG.warn("{} is served stale ({}): {}", what, held.get().digest(), e.getMessage());
                return new Found(held.get(), true);
            }
            if (e instanceof UpstreamDownException down) {
                throw down.refusal;
            }
            throw e;
        }
    }

    /** Asks upstream whether the tag still names what is known; nothing if that is not known or no longer so. */
    private Optional<Found> revalidate(Repository repository, String tag, Asker asker, String what)
            throws IOException, RefusedException, InterruptedException {
        Optional<TagCache.Entry> known = tags.find(repository, tag, asker);
        if (known.isEmpty()) {
            return Optional.empty();
        }
        Digest digest = known.get().digest();
        Optional<ManifestDocument> held = held(digest, known.get().mediaType());
        if (held.isEmpty()) {
            return Optional.empty();
        }
        Map<String, String> headers = new TreeMap<>(asker.headers());
        headers.put("if-none-match", "\"" + digest + "\"");
        try (Registry.Response response = ask(Registry.Method.HEAD, repository, tag, headers)) {
            int status = response.status();
            if (status >= 500) {
                throw new UpstreamDownException(UpstreamAnswers.refusal(response, what));
            }
            if (status == 401 || status == 403 || status == 404 || status == 429) {
                throw refusal(repository, asker, response, what);
            }
            if (status == 200 || status == 304) {
                gate.allowed(repository, asker);
            }
            String named = response.header("docker-content-digest").orElse("");
            boolean same = status == 304 || status == 200 && named.equals(digest.toString());
            return same ? Optional.of(remember(repository, tag, asker, held.get(), isStale(response))) : Optional.empty();
        }
    }

    /** Whether upstream, a mirror like this one, could not confirm the tag itself (RFC 7234, section 5.5.1). */
    private static boolean isStale(Registry.Response response) {
        return response.header("warning").orElse("").startsWith("110");
    }

    private Found remember(Repository repository, String tag, Asker asker, ManifestDocument document, boolean isStale) {
        long checkedAtMs = isStale ? 0 : clock.millis();
        try {
            tags.put(repository, tag, asker, document.digest(), document.mediaType(), checkedAtMs);
        } catch (StoreException e) {
            LOG.warn("tag {}:{} is served but cannot be remembered: {}", repository, tag, e.getMessage(), e);
        }
        return new Found(document, isStale);
    }

    private Registry.Response ask(Registry.Method method, Repository repository, String reference, Asker asker)
            throws IOException, InterruptedException {
        return ask(method, repository, reference, asker.headers());
    }

    private Registry.Response ask(
            Registry.Method method, Repository repository, String reference, Map<String, String> headers)
            throws IOException, InterruptedException {
        return registry.ask(new Registry.Request(
                method, repository, "/manifests/" + reference, "", headers, config.upstreamDeadline()));
    }

    /** Checks an answer of upstream and keeps the manifest. Nothing of it is kept if anything is wrong with it. */
    private ManifestDocument accept(
            Repository repository, Asker asker, Registry.Response response, String what, Optional<Digest> asked)
            throws IOException, RefusedException {
        if (response.status() != 200) {
            throw refusal(repository, asker, response, what);
        }
        byte[] content = UpstreamAnswers.body(response, what);
        Digest actual = Digest.of(content);
        String promised = asked.map(Digest::toString).or(() -> response.header("docker-content-digest")).orElse("");
        if (promised.startsWith("sha256:") && !promised.equals(actual.toString())) {
            throw bad(what, "upstream promised " + Quoted.of(promised) + " and sent bytes of " + actual);
        }
        ManifestDocument document;
        try {
            document = ManifestDocument.read(content, response.header("content-type").orElse(""));
        } catch (BadManifestException e) {
            throw bad(what, "upstream sent no valid manifest: " + e.getMessage());
        }
        keep(document);
        gate.gaveManifest(repository, asker, actual);
        document.sizes().forEach(hints::learn);
        return document;
    }

    private RefusedException refusal(Repository repository, Asker asker, Registry.Response response, String what)
            throws IOException {
        RefusedException refusal = UpstreamAnswers.refusal(response, what);
        gate.refused(repository, asker, refusal);
        return refusal;
    }

    private static RefusedException bad(String what, String why) {
        LOG.warn("{}: {}", what, why);
        return RefusedException.of(502, OciError.MANIFEST_INVALID, what + ": " + why, what);
    }

    /** A manifest that cannot be stored can still be served. */
    private void keep(ManifestDocument document) {
        try {
            store.put(document.content());
        } catch (StoreException e) {
            LOG.warn("{} is served but cannot be kept: {}", document, e.getMessage(), e);
        }
    }

    /** The stored blob of this digest, if it is whole and a manifest. */
    private Optional<ManifestDocument> held(Digest digest, String mediaType) throws IOException {
        Optional<StoredBlob> blob = store.find(digest);
        if (blob.isEmpty() || blob.get().info().length() > ManifestDocument.LONGEST || !blob.get().isComplete()) {
            return Optional.empty();
        }
        byte[] content = new byte[(int) blob.get().info().length()];
        try (BlobReader reader = blob.get().open()) {
            reader.read(0, ByteBuffer.wrap(content));
        }
        try {
            ManifestDocument document = ManifestDocument.read(content, mediaType);
            if (!document.digest().equals(digest)) {
                LOG.warn("blob {} in the store has bytes of {}, asking upstream", digest, document.digest());
                return Optional.empty();
            }
            blob.get().touch();
            return Optional.of(document);
        } catch (BadManifestException e) {
            LOG.debug("blob {} is held but is no manifest: {}", digest, e.getMessage());
            return Optional.empty();
        }
    }

    /** Upstream answers, but only that it cannot; as good as no answer for what is cached. */
    private static final class UpstreamDownException extends IOException {
        private final transient RefusedException refusal;

        UpstreamDownException(RefusedException refusal) {
            super(refusal.getMessage());
            this.refusal = refusal;
        }
    }
}
