package io.lighterage.proxy;

import io.lighterage.peer.content.Repository;
import io.lighterage.peer.store.KeyValueTable;
import io.lighterage.peer.store.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
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
 * nothing here can be turned back into it. What holds for clients without credentials is durable, so that public images
 * outlive a restart while upstream is down.
 *
 * <p>At most {@value #MOST} answers are kept, those used last. Safe for use by several threads; {@link #answers} is guarded by
 * this.
 */
final class AccessMemory {
    private static final Logger LOG = LoggerFactory.getLogger(AccessMemory.class);
    private static final int MOST = 16_384;
    private static final String HMAC = "HmacSHA256";

    /** How much the durable time of an answer may lag behind. */
    private static final Duration LAG = Duration.ofMinutes(1);

    private final AccessConfig config;
    private final KeyValueTable anonymous;
    private final InstantSource clock;
    private final SecretKeySpec key;
    private final Map<String, Answer> answers = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Answer> eldest) {
            return size() > MOST;
        }
    };

    /** @param refusal upstream's last word, if that was no */
    private record Answer(long yesMs, long noMs, RefusedException refusal) {}

    /** @param anonymous keeps when a repository was last open to everybody: ms since the epoch, under its name */
    AccessMemory(AccessConfig config, KeyValueTable anonymous, InstantSource clock) {
        this.config = config;
        this.anonymous = anonymous;
        this.clock = clock;
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        this.key = new SecretKeySpec(secret, HMAC);
    }

    /** Names a client at a repository, without telling anything of the credential. */
    String name(Repository repository, String authorization) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(key);
            mac.update((repository + "\0" + authorization).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(mac.doFinal());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot compute " + HMAC, e);
        }
    }

    /** Upstream has just let this client read the repository. */
    void allow(Repository repository, String authorization) {
        long nowMs = clock.millis();
        synchronized (this) {
            answers.put(name(repository, authorization), new Answer(nowMs, Long.MIN_VALUE, null));
        }
        if (authorization.isEmpty() && nowMs - durableYes(repository) > LAG.toMillis()) {
            try {
                anonymous.put(repository.toString(), ByteBuffer.allocate(8).putLong(nowMs).array());
            } catch (StoreException e) {
                LOG.warn("that {} is public is known only until the process ends: {}", repository, e.getMessage());
            }
        }
    }

    /** Upstream has just refused this client: what it was allowed before counts no more. */
    void refuse(Repository repository, String authorization, RefusedException refusal) {
        synchronized (this) {
            answers.put(name(repository, authorization), new Answer(Long.MIN_VALUE, clock.millis(), refusal));
        }
        if (authorization.isEmpty() && durableYes(repository) >= 0) {
            try {
                anonymous.remove(repository.toString());
            } catch (StoreException e) {
                LOG.warn("that {} is no longer public cannot be kept: {}", repository, e.getMessage());
            }
        }
    }

    /** Whether upstream let this client in lately. */
    boolean isAllowed(Repository repository, String authorization) {
        return isWithin(config.yes(), repository, authorization);
    }

    /** Whether upstream let this client in within the time that counts while it cannot be asked. */
    boolean isAllowedOffline(Repository repository, String authorization) {
        return isWithin(config.offline(), repository, authorization);
    }

    /** The refusal that this client got a moment ago. */
    synchronized Optional<RefusedException> refusal(Repository repository, String authorization) {
        Answer answer = answers.get(name(repository, authorization));
        return answer == null || answer.refusal == null || clock.millis() - answer.noMs >= config.no().toMillis()
                ? Optional.empty()
                : Optional.of(answer.refusal);
    }

    private boolean isWithin(Duration time, Repository repository, String authorization) {
        Answer answer;
        synchronized (this) {
            answer = answers.get(name(repository, authorization));
        }
        long yesMs = answer == null ? Long.MIN_VALUE : answer.yesMs;
        if (answer == null && authorization.isEmpty()) {
            yesMs = durableYes(repository);
        }
        long nowMs = clock.millis();
        return yesMs >= 0 && yesMs <= nowMs && nowMs - yesMs < time.toMillis();
    }

    /** When the repository was last open to everybody, as the table knows; -1 if it does not. */
    private long durableYes(Repository repository) {
        try {
            return anonymous.get(repository.toString())
                    .filter(value -> value.length == 8)
                    .map(value -> ByteBuffer.wrap(value).getLong())
                    .orElse(-1L);
        } catch (StoreException e) {
            LOG.warn("cannot look up whether {} is public: {}", repository, e.getMessage());
            return -1;
        }
    }
}
