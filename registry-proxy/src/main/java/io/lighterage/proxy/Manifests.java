package io.lighterage.proxy;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Manifests by tag and by digest. By digest they are kept as blobs and never asked for again; a tag is asked for again
 * after its lifetime, and served stale for a bounded time while upstream is down or wants not to be asked. Equal
 * questions at the same time are asked once.
 */
final class Manifests {
    private static final Logger LOG = LoggerFactory.getLogger(Manifests.class);
    private static final int MOST_VERDICTS = 4096;

    /** Who has a stale answer to fall back on does not wait longer than this for upstream. */
    private static final Duration STALE_PATIENCE = Duration.ofSeconds(5);

    private final MirrorConfig config;
    private final ManifestSource source;
    private final LongDigests longDigests;
    private final Gatekeeper gate;
    private final TagCache tags;
    private final InstantSource clock;
    private final Outages outages;
    private final SingleFlight<Found> flights = new SingleFlight<>();
    private final LongAdder stale = new LongAdder();

    /** Until when, in ms since the epoch, mirrors above may not know yet what was pushed. Synchronized. */
    private final Map<String, Long> pushed = Collections.synchronizedMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MOST_VERDICTS;
        }
    });

    /** Manifests that upstream gave to these words of {@code Accept}: repository, digest and hash. Synchronized. */
    private final Set<String> verdicts = Collections.synchronizedSet(Collections.newSetFromMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MOST_VERDICTS;
        }
    }));

    Manifests(
            MirrorConfig config,
            BlobStore store,
            ManifestSource source,
            LongDigests longDigests,
            Gatekeeper gate,
            InstantSource clock) {
        this.config = config;
        this.source = source;
        this.longDigests = longDigests;
        this.gate = gate;
        this.tags = new TagCache(store.table("tags"));
        this.clock = clock;
        this.outages = new Outages(clock);
    }

    /**
     * A manifest that can be served.
     *
     * @param name the digest by which the client knows it
     * @param checkedAtMs when upstream last confirmed that the tag names it, in ms since the epoch; -1 if it was asked for
     *     by digest
     * @param stale whether upstream could not confirm that the tag still names it
     */
    record Found(ManifestDocument document, String name, long checkedAtMs, boolean stale) {
        static Found byDigest(ManifestDocument document, String name) {
            return new Found(document, name, -1, false);
        }
    }

    /** Number of stale answers so far. */
    long staleCount() {
        return stale.sum();
    }

    /** The manifest of this digest, from the store or else from upstream. */
    Found byDigest(Repository repository, Digest digest, Asker asker) throws RefusedException, InterruptedException {
        return byDigest(repository, digest.toString(), Optional.of(digest), asker);
    }

    /** The manifest of this digest, which is kept under its sha256. */
    Found byDigest(Repository repository, Sha512 digest, Asker asker) throws RefusedException, InterruptedException {
        return byDigest(repository, digest.text(), longDigests.known(repository, digest), asker);
    }

    private Found byDigest(Repository repository, String name, Optional<Digest> digest, Asker asker)
            throws RefusedException, InterruptedException {
        String what = "manifest " + repository + "@" + name;
        String verdict = repository + "@" + name + " " + asker.acceptHash();
        try {
            boolean there = digest.isPresent() && gate.contains(repository, digest.get());
            Optional<ManifestDocument> held = there ? source.held(digest.get(), "") : Optional.empty();
            if (held.isPresent()) {
                gate.requireRepository(new BlobSource(repository, asker.authorization()), "/manifests/" + name);
            }
            boolean agreed = held.isPresent() && (asker.names(held.get().mediaType()) || verdicts.contains(verdict));
            if (agreed) {
                return Found.byDigest(held.get(), name);
            }
            gate.repeatRefusal(repository, asker);
            return flights.run(verdict + " " + asker.credentialHash(), waiting(), () -> {
                Found found = held.isPresent()
                        ? negotiate(repository, name, held.get(), asker, what)
                        : fetch(repository, name, asker, what);
                verdicts.add(verdict);
                return found;
            });
        } catch (IOException e) {
            throw UpstreamAnswers.unreachable(e, what);
        }
    }

    private Found fetch(Repository repository, String name, Asker asker, String what)
            throws IOException, RefusedException, InterruptedException {
        try (Registry.Response response = ask(Registry.Method.GET, repository, name, asker.headers())) {
            ManifestDocument document = accept(repository, asker, response, what, name);
            if (Sha512.isOne(name) && !document.isSigned()) {
                longDigests.learn(repository, new Sha512(name), document.digest());
            }
            return Found.byDigest(document, name);
        }
    }

    /** The manifest is here, but only upstream knows whether words that do not name its type ask for it. */
    private Found negotiate(Repository repository, String name, ManifestDocument held, Asker asker, String what)
            throws RefusedException, InterruptedException {
        Duration patience = min(STALE_PATIENCE, config.upstreamDeadline());
        try (Registry.Response response =
                source.ask(Registry.Method.HEAD, repository, name, asker.headers(), patience)) {
            if (!isOutage(response.status()) && response.status() >= 400) {
                throw refusal(repository, asker, response, what);
            }
        } catch (IOException e) {
            LOG.debug("{} is served as it is held: {}", what, e.getMessage());
        }
        return Found.byDigest(held, name);
    }

    /** The manifest that the tag names, as the cache or else upstream knows it. */
    Found byTag(Repository repository, String tag, Asker asker) throws RefusedException, InterruptedException {
        String what = "manifest " + repository + ":" + tag;
        try {
            Optional<TagCache.Entry> known = tags.find(repository, tag, asker);
            if (known.isPresent() && isFresh(known.get()) && !asker.revalidate()) {
                Optional<ManifestDocument> held = source.held(known.get().digest(), known.get().mediaType());
                if (held.isPresent()) {
                    return found(held.get(), known.get().checkedAtMs(), false);
                }
            }
            gate.repeatRefusal(repository, asker);
            String key = repository + ":" + tag + " " + asker.credentialHash() + " " + asker.acceptHash()
                    + (asker.revalidate() ? " now" : "");
            boolean isPushed = clock.millis() < pushed.getOrDefault(repository + ":" + tag, 0L);
            Asker insistent = isPushed ? asker.revalidating() : asker;
            Found found = flights.run(key, waiting(), () -> refresh(repository, tag, insistent, what));
            if (found.stale()) {
                stale.increment();
            }
            return found;
        } catch (IOException e) {
            throw UpstreamAnswers.unreachable(e, what);
        }
    }

    /** What the tag named is not believed any more: for a while whoever asks has the registry itself asked. */
    void forget(Repository repository, String tag) {
        pushed.put(repository + ":" + tag, clock.millis() + config.tagLifetime().toMillis());
        try {
            tags.forget(repository, tag);
        } catch (StoreException e) {
            LOG.warn("tag {}:{} was pushed but what it named cannot be forgotten: {}", repository, tag, e.getMessage(), e);
        }
    }

    private static Found found(ManifestDocument document, long checkedAtMs, boolean stale) {
        return new Found(document, document.digest().toString(), checkedAtMs, stale);
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
        Optional<Found> fallback = fallback(repository, tag, asker);
        boolean isDown = fallback.isPresent() && outages.isRecent(repository.registry());
        if (isDown && gate.isAllowedOffline(repository, asker)) {
            return fallback.get();
        }
        Duration patience =
                fallback.isPresent() ? min(STALE_PATIENCE, config.upstreamDeadline()) : config.upstreamDeadline();
        try {
            Optional<Found> confirmed = revalidate(repository, tag, asker, what, patience);
            Found found = confirmed.isPresent() ? confirmed.get() : get(repository, tag, asker, what, patience);
            outages.worked(repository.registry());
            return found;
        } catch (IOException e) {
            outages.failed(repository.registry());
            if (fallback.isPresent() && gate.isAllowedOffline(repository, asker)) {
                LOG.warn("{} is served stale ({}): {}", what, fallback.get().name(), e.getMessage());
                return fallback.get();
            }
            if (e instanceof UpstreamDownException down) {
                throw down.refusal;
            }
            throw e;
        }
    }

    /** What may be served if upstream cannot answer: the newest that this asker can take and that is not too old. */
    private Optional<Found> fallback(Repository repository, String tag, Asker asker) throws IOException {
        Optional<TagCache.Entry> old = tags.acceptable(repository, tag, asker);
        if (old.isEmpty() || clock.millis() - old.get().checkedAtMs() > config.staleLimit().toMillis()) {
            return Optional.empty();
        }
        return source.held(old.get().digest(), old.get().mediaType())
                .map(document -> found(document, old.get().checkedAtMs(), true));
    }

    private Found get(Repository repository, String tag, Asker asker, String what, Duration patience)
            throws IOException, RefusedException, InterruptedException {
        try (Registry.Response response =
                source.ask(Registry.Method.GET, repository, tag, asker.headers(), patience)) {
            if (isOutage(response.status())) {
                throw new UpstreamDownException(UpstreamAnswers.refusal(response, what));
            }
            return remember(repository, tag, asker, accept(repository, asker, response, what, ""), response);
        }
    }

    /** Asks upstream whether the tag still names what is known; nothing if that is not known or no longer so. */
    private Optional<Found> revalidate(Repository repository, String tag, Asker asker, String what, Duration patience)
            throws IOException, RefusedException, InterruptedException {
        Optional<TagCache.Entry> known = tags.find(repository, tag, asker);
        if (known.isEmpty()) {
            return Optional.empty();
        }
        Digest digest = known.get().digest();
        Optional<ManifestDocument> held = source.held(digest, known.get().mediaType());
        if (held.isEmpty()) {
            return Optional.empty();
        }
        Map<String, String> headers = new TreeMap<>(asker.headers());
        headers.put("if-none-match", "\"" + digest + "\"");
        try (Registry.Response response = source.ask(Registry.Method.HEAD, repository, tag, headers, patience)) {
            int status = response.status();
            if (isOutage(status)) {
                throw new UpstreamDownException(UpstreamAnswers.refusal(response, what));
            }
            if (status == 401 || status == 403 || status == 404) {
                throw refusal(repository, asker, response, what);
            }
            if (status == 200 || status == 304) {
                gate.allowed(repository, asker);
            }
            String named = response.header("docker-content-digest").orElse("");
            boolean same = status == 304 || status == 200 && named.equals(digest.toString());
            return same ? Optional.of(remember(repository, tag, asker, held.get(), response)) : Optional.empty();
        }
    }

    private ManifestDocument accept(
            Repository repository, Asker asker, Registry.Response response, String what, String asked)
            throws IOException, RefusedException {
        if (response.status() != 200) {
            throw refusal(repository, asker, response, what);
        }
        ManifestDocument document = source.accept(response, what, asked);
        if (document.isSigned()) {
            gate.allowed(repository, asker);
        } else {
            gate.gaveWhole(repository, asker, document.digest());
        }
        return document;
    }

    private RefusedException refusal(Repository repository, Asker asker, Registry.Response response, String what)
            throws IOException {
        RefusedException refusal = UpstreamAnswers.refusal(response, what);
        gate.refused(repository, asker, refusal);
        return refusal;
    }

    /** Whether upstream answers only that it cannot, or will not for a while. */
    private static boolean isOutage(int status) {
        return status >= 500 || status == 429;
    }

    /**
     * Notes that the tag names this, by an answer that upstream, if it is a mirror like this one, confirmed some time ago
     * ({@code Age}) or could not confirm now ({@code Warning: 110}).
     */
    private Found remember(
            Repository repository, String tag, Asker asker, ManifestDocument document, Registry.Response response) {
        boolean isStale = response.header("warning").orElse("").startsWith("110");
        String age = response.header("age").filter(text -> text.matches("[0-9]{1,9}")).orElse(isStale ? "" : "0");
        long leastAgeMs = isStale ? config.tagLifetime().toMillis() : 0;
        long ageMs = age.isEmpty() ? leastAgeMs : Math.max(leastAgeMs, Long.parseLong(age) * 1000);
        long checkedAtMs = clock.millis() - ageMs;
        if (!document.isSigned()) {
            try {
                tags.put(repository, tag, asker, document.digest(), document.mediaType(), checkedAtMs);
            } catch (StoreException e) {
                LOG.warn("tag {}:{} is served but cannot be remembered: {}", repository, tag, e.getMessage(), e);
            }
        }
        return found(document, checkedAtMs, isStale);
    }

    private Registry.Response ask(
            Registry.Method method, Repository repository, String reference, Map<String, String> headers)
            throws IOException, InterruptedException {
        return source.ask(method, repository, reference, headers, config.upstreamDeadline());
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
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
