package io.lighterage.proxy;

import io.lighterage.peer.content.Repository;
import io.lighterage.peer.store.KeyValueTable;
import io.lighterage.peer.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What upstream said of clients and repositories. A credential is known by an HMAC under a key of this process only, so
 * nothing here can be turned back into it. When upstream last said yes is kept in an {@link AccessLedger} too, for the
 * time after a restart while upstream is down.
 *
 * <p>At most {@value #MOST} answers are kept, those used last. Safe for use by several threads; {@link #answers} is
 * guarded by this.
 */
final class AccessMemory {
    private static final Logger LOG = LoggerFactory.getLogger(AccessMemory.class);
    private static final int MOST = 16_384;
    private static final String HMAC = "HmacSHA256";

    /** How much the durable time of an answer may lag behind. */
    private static final Duration LAG = Duration.ofMinutes(1);

    /** How long upstream is not asked about a client again after it could not be. */
    private static final Duration PAUSE = Duration.ofSeconds(30);

    private final AccessConfig config;
    private final KeyValueTable table;
    private final AccessLedger ledger;
    private final InstantSource clock;

    /** To be copied, never used itself: to look for an HMAC and to give it its key costs more than to compute one. */
    private final Mac mac;

    private final Map<String, Answer> answers = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Answer> eldest) {
            return size() > MOST;
        }
    };

    /**
     * What is known of a client at a repository, in ms since the epoch.
     *
     * @param offlineMs when upstream could not be asked, and its yes of before counted
     * @param refusal upstream's last word, if that was no
     */
    private record Answer(long yesMs, long noMs, long offlineMs, RefusedException refusal) {}

    /** @param table of an {@link AccessLedger}, and the last challenge of each registry */
    AccessMemory(AccessConfig config, KeyValueTable table, InstantSource clock) {
        this.config = config;
        this.table = table;
        this.ledger = new AccessLedger(table);
        this.clock = clock;
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        try {
            this.mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(secret, HMAC));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot compute " + HMAC, e);
        }
    }

    /** Names a client at a repository, without telling anything of the credential. */
    String name(Repository repository, String authorization) {
        // Who sends no credential has none to hide.
        return authorization.isEmpty() ? repository + "\0" : hash(repository + "\0" + authorization);
    }

    private String hash(String text) {
        try {
            return HexFormat.of().formatHex(((Mac) mac.clone()).doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("cannot copy an " + HMAC, e);
        }
    }

    /** Upstream has just let this client read the repository. */
    void allow(Repository repository, String authorization) {
        long nowMs = clock.millis();
        synchronized (this) {
            answers.put(name(repository, authorization), new Answer(nowMs, Long.MIN_VALUE, Long.MIN_VALUE, null));
        }
        String session = hash(authorization);
        long keptMs = ledger.find(repository, authorization, session).orElse(0);
        if (nowMs - keptMs > LAG.toMillis()) {
            ledger.put(repository, authorization, session, nowMs);
        }
    }

    /** Upstream has just refused this client: what it was allowed before counts no more. */
    void refuse(Repository repository, String authorization, RefusedException refusal) {
        boolean fell;
        synchronized (this) {
            Answer before = answers.put(
                    name(repository, authorization),
                    new Answer(Long.MIN_VALUE, clock.millis(), Long.MIN_VALUE, refusal));
            // What is refused again and again was taken out of the ledger the first time.
            fell = before == null || before.refusal == null;
        }
        if (fell) {
            ledger.remove(repository, authorization, hash(authorization));
        }
    }

    /** Whether upstream let this client in lately, or could not be asked a moment ago and its yes of before counts. */
    boolean isAllowed(Repository repository, String authorization) {
        long nowMs = clock.millis();
        Optional<Answer> answer = answer(repository, authorization);
        boolean paused = answer.filter(a -> isWithin(PAUSE, a.offlineMs, nowMs)).isPresent();
        long yesMs = answer.isEmpty() && authorization.isEmpty()
                ? keptMs(repository, authorization)
                : answer.map(Answer::yesMs).orElse(Long.MIN_VALUE);
        return isWithin(paused ? config.offline() : config.yes(), yesMs, nowMs);
    }

    /**
     * Upstream cannot be asked: whether it let this client in within the time that counts then. If so, it is not asked
     * about the client again for a short while.
     */
    boolean isAllowedOffline(Repository repository, String authorization) {
        long nowMs = clock.millis();
        Optional<Answer> answer = answer(repository, authorization);
        long yesMs = answer.isPresent() ? answer.get().yesMs() : keptMs(repository, authorization);
        boolean may = isWithin(config.offline(), yesMs, nowMs);
        if (may) {
            synchronized (this) {
                answers.merge(
                        name(repository, authorization),
                        new Answer(yesMs, Long.MIN_VALUE, nowMs, null),
                        (known, now) -> known.refusal == null ? now : known);
            }
        }
        return may;
    }

    /** The refusal that this client got a moment ago. */
    synchronized Optional<RefusedException> refusal(Repository repository, String authorization) {
        Answer answer = answers.get(name(repository, authorization));
        return answer == null || answer.refusal == null || clock.millis() - answer.noMs >= config.no().toMillis()
                ? Optional.empty()
                : Optional.of(answer.refusal);
    }

    private synchronized Optional<Answer> answer(Repository repository, String authorization) {
        return Optional.ofNullable(answers.get(name(repository, authorization)));
    }

    private long keptMs(Repository repository, String authorization) {
        return ledger.find(repository, authorization, hash(authorization)).orElse(Long.MIN_VALUE);
    }

    private static boolean isWithin(Duration time, long thenMs, long nowMs) {
        return thenMs >= 0 && thenMs <= nowMs && nowMs - thenMs < time.toMillis();
    }

    /** The registry asked for credentials in these words, and took those of this host. */
    void challenged(String registry, String challenge) {
        String row = "challenge " + registry;
        try {
            byte[] words = challenge.getBytes(StandardCharsets.UTF_8);
            if (table.get(row).filter(kept -> Arrays.equals(kept, words)).isEmpty()) {
                table.put(row, words);
            }
        } catch (StoreException e) {
            LOG.warn("the challenge of {} is known only until the process ends: {}", registry, e.getMessage());
        }
    }

    /** The words in which the registry asked for credentials before. */
    Optional<String> challenge(String registry) {
        try {
            return table.get("challenge " + registry).map(words -> new String(words, StandardCharsets.UTF_8));
        } catch (StoreException e) {
            LOG.warn("cannot look up the challenge of {}: {}", registry, e.getMessage());
            return Optional.empty();
        }
    }
}
