package io.lighterage.peer.grant;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.store.KeyValueTable;
import io.lighterage.peer.store.StoreException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The grants of one host: those that it holds, to show to others, and what it makes of those that others show.
 *
 * <p>The supernode's key is kept in the store, so that a node that starts without its supernode can check grants. While
 * no key is known, no grant is right. While this host is without its supernode, which alone could renew them, grants
 * count for a given time longer. Safe for use by several threads; what it holds is guarded by this.
 */
public final class GrantBook {
    private static final Logger LOG = LoggerFactory.getLogger(GrantBook.class);
    private static final String KEY = "public-key";
    private static final int MOST_HELD = 8192;

    private final KeyValueTable table;
    private final BlobLinks links;
    private final GrantVerifier verifier;
    private final LongAdder refused = new LongAdder();
    private final Map<Subject, Held> byBlob = bounded();
    private final Map<Repository, Held> byRepository = bounded();

    private record Subject(Repository repository, Digest blob) {}

    private record Held(byte[] token, Grant grant) {}

    /**
     * @param table where the supernode's key is kept
     * @param links what is in which repository
     * @param offline how much longer grants count while {@link #alone}
     * @throws StoreException if the table cannot be read
     */
    public GrantBook(KeyValueTable table, BlobLinks links, Duration offline, InstantSource clock)
            throws StoreException {
        this.table = table;
        this.links = links;
        this.verifier = new GrantVerifier(clock, offline);
        Optional<byte[]> key = table.get(KEY);
        if (key.isPresent()) {
            trust(key.get());
        }
    }

    private static <K> Map<K, Held> bounded() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<K, Held> eldest) {
                return size() > MOST_HELD;
            }
        };
    }

    /** What is in which repository, as far as this host knows. */
    public BlobLinks links() {
        return links;
    }

    /** Trusts the supernode's key, and no other from now on. One that is none is left out with a warning. */
    public void trust(byte[] publicKey) {
        try {
            verifier.trust(GrantVerifier.key(publicKey));
            if (!table.get(KEY).filter(kept -> Arrays.equals(kept, publicKey)).isPresent()) {
                table.put(KEY, publicKey);
            }
        } catch (GeneralSecurityException e) {
            LOG.warn("the supernode's key for grants cannot be used: {}", e.getMessage());
        } catch (StoreException e) {
            LOG.warn("the supernode's key for grants is known only until the process ends: {}", e.getMessage());
        }
    }

    /** Tells whether this host is without its supernode. */
    public void alone(boolean now) {
        verifier.alone(now);
    }

    /**
     * Takes a grant that the supernode gave this host; a malformed one is left out with a warning.
     *
     * @return the grant, if it counts for longer than what was held before
     */
    public Optional<Grant> receive(byte[] token) {
        try {
            Held held = new Held(token.clone(), Grant.parse(token));
            if (held.grant.node().isEmpty()) {
                verifier.know(token);
            }
            synchronized (this) {
                boolean longer = held.grant.blob().isPresent()
                        && keep(byBlob, new Subject(held.grant.repository(), held.grant.blob().get()), held);
                longer |= !held.grant.alone() && keep(byRepository, held.grant.repository(), held);
                return longer ? Optional.of(held.grant) : Optional.empty();
            }
        } catch (IllegalArgumentException e) {
            LOG.warn("the supernode gave what is no grant: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private static <K> boolean keep(Map<K, Held> map, K key, Held held) {
        return map.merge(key, held, (a, b) -> b.grant.expiresMs() > a.grant.expiresMs() ? b : a) == held;
    }

    /**
     * The grant to show for a blob: its own, or another of the same repository, if it has not expired. Never one of
     * another repository: whoever reads here by the right of one must not get what comes by the right of the other.
     *
     * @param repository the one in which the blob is wanted
     */
    public Optional<byte[]> toShow(Digest blob, Repository repository) {
        Held held;
        synchronized (this) {
            held = byBlob.get(new Subject(repository, blob));
            if (held == null || !verifier.isCurrent(held.grant.expiresMs())) {
                held = byRepository.get(repository);
            }
        }
        return Optional.ofNullable(held)
                .filter(found -> verifier.isCurrent(found.grant.expiresMs()))
                .map(found -> found.token.clone());
    }

    /** Whether a grant that ends at {@code expiresMs} counts now. */
    public boolean isCurrent(long expiresMs) {
        return verifier.isCurrent(expiresMs);
    }

    /** What one connection's other side may read here; {@code bearer} is the id in its hello. */
    public Bearer bearer(UUID bearer) {
        return new Bearer(bearer);
    }

    /** What became of the grants that others showed. */
    public GrantStatistics statistics() {
        return verifier.statistics(refused.sum());
    }

    /** One connection's other side. Safe for use by several threads; its maps are guarded by this. */
    public final class Bearer {
        private static final int MOST = 4096;
        private static final long LITTLE_MS = 60_000;

        private final UUID id;
        private final Map<Digest, Long> blobs = latest();
        private final Map<Repository, Long> repositories = latest();

        private Bearer(UUID id) {
            this.id = id;
        }

        private static <K> Map<K, Long> latest() {
            return new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<K, Long> eldest) {
                    return size() > MOST;
                }
            };
        }

        /** The other side shows a grant; a wrong one is counted and changes nothing. */
        public void show(byte[] token) {
            verifier.read(token)
                    .filter(grant -> !addsLittle(grant) && verifier.isRight(grant, token, id))
                    .ifPresent(this::remember);
        }

        private synchronized void remember(Grant grant) {
            grant.blob().ifPresent(blob -> blobs.merge(blob, grant.expiresMs(), Math::max));
            if (!grant.alone()) {
                repositories.merge(grant.repository(), grant.expiresMs(), Math::max);
            }
        }

        /**
         * Whether all that it could grant is granted for about as long already: its signature need not be checked then,
         * which in a crowd that opens every blob of an image costs more than all else at the beginning.
         */
        private boolean addsLittle(Grant shown) {
            synchronized (this) {
                Long untilMs = repositories.get(shown.repository());
                if (untilMs == null || !verifier.isCurrent(untilMs) || shown.expiresMs() - untilMs > LITTLE_MS) {
                    return false;
                }
            }
            return shown.blob().filter(blob -> links.contains(shown.repository(), blob)).isPresent();
        }

        /**
         * How long the grants that were shown let it read {@code blob}, as {@link #isCurrent} takes it; nothing if they
         * do not.
         */
        public OptionalLong mayRead(Digest blob) {
            List<Map.Entry<Repository, Long>> granted = new ArrayList<>();
            synchronized (this) {
                Long untilMs = blobs.get(blob);
                if (untilMs != null && verifier.isCurrent(untilMs)) {
                    return OptionalLong.of(untilMs);
                }
                repositories.forEach((repository, endsMs) -> granted.add(Map.entry(repository, endsMs)));
            }
            OptionalLong latest = OptionalLong.empty();
            for (Map.Entry<Repository, Long> entry : granted) {
                long endsMs = entry.getValue();
                boolean later = latest.isEmpty() || endsMs > latest.getAsLong();
                if (later && verifier.isCurrent(endsMs) && links.contains(entry.getKey(), blob)) {
                    latest = OptionalLong.of(endsMs);
                }
            }
            return latest;
        }

        /** Counts a question that is not answered because {@link #mayRead} denied it. */
        public void refused() {
            refused.increment();
        }
    }
}
