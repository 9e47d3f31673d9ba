package io.lighterage.peer.grant;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.LongAdder;

/**
 * Checks grants offline. A signature that was found right is not computed again while it is remembered.
 *
 * <p>Safe for use by several threads; {@link #right} is guarded by itself.
 */
final class GrantVerifier {
    /** How far the clocks of two hosts may be apart. */
    static final Duration SKEW = Duration.ofSeconds(60);

    private static final int MOST_RIGHT = 4096;

    private final InstantSource clock;
    private final long offlineMs;
    private final LongAdder accepted = new LongAdder();
    private final LongAdder forged = new LongAdder();
    private final LongAdder expired = new LongAdder();
    private final Set<ByteBuffer> right = Collections.newSetFromMap(new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Boolean> eldest) {
            return size() > MOST_RIGHT;
        }
    });
    private volatile Optional<PublicKey> key = Optional.empty();
    private volatile boolean alone;

    /** @param offline how much longer grants count while nobody can renew them */
    GrantVerifier(InstantSource clock, Duration offline) {
        this.clock = clock;
        this.offlineMs = offline.toMillis();
    }

    /** Whether nobody can renew grants now. */
    void alone(boolean now) {
        alone = now;
    }

    /** Grants of this key, and no other, are right from now on. */
    void trust(PublicKey given) {
        if (!key.filter(given::equals).isPresent()) {
            synchronized (right) {
                right.clear();
                key = Optional.of(given);
            }
        }
    }

    static PublicKey key(byte[] encoded) throws GeneralSecurityException {
        return KeyFactory.getInstance(GrantIssuer.ALGORITHM).generatePublic(new X509EncodedKeySpec(encoded));
    }

    /** A token that the supernode itself gave needs no check when another shows the same. */
    void know(byte[] token) {
        synchronized (right) {
            right.add(ByteBuffer.wrap(token.clone()));
        }
    }

    /** The grant in {@code token}, if it is right, not expired, and the bearer's. */
    Optional<Grant> check(byte[] token, UUID bearer) {
        return read(token).filter(grant -> isRight(grant, token, bearer));
    }

    /** What {@code token} says, whether or not it is right; nothing, and counted, if it is malformed. */
    Optional<Grant> read(byte[] token) {
        try {
            return Optional.of(Grant.parse(token));
        } catch (IllegalArgumentException e) {
            forged.increment();
            return Optional.empty();
        }
    }

    /** Whether {@code grant}, which {@link #read} found in {@code token}, is right, not expired, and the bearer's. */
    boolean isRight(Grant grant, byte[] token, UUID bearer) {
        if (!isCurrent(grant.expiresMs())) {
            expired.increment();
            return false;
        }
        if (grant.node().filter(node -> !node.equals(bearer)).isPresent() || !isSigned(token)) {
            forged.increment();
            return false;
        }
        accepted.increment();
        return true;
    }

    boolean isCurrent(long expiresMs) {
        return clock.millis() - SKEW.toMillis() - (alone ? offlineMs : 0) < expiresMs;
    }

    private boolean isSigned(byte[] token) {
        ByteBuffer known = ByteBuffer.wrap(token);
        synchronized (right) {
            if (right.contains(known)) {
                return true;
            }
        }
        Optional<PublicKey> by = key;
        if (by.isEmpty() || !isSignedBy(by.get(), token)) {
            return false;
        }
        synchronized (right) {
            if (key.equals(by)) {
                right.add(known);
            }
        }
        return true;
    }

    private static boolean isSignedBy(PublicKey by, byte[] token) {
        try {
            Signature signature = Signature.getInstance(GrantIssuer.ALGORITHM);
            signature.initVerify(by);
            signature.update(Grant.DOMAIN);
            signature.update(Grant.content(token));
            return signature.verify(Grant.signature(token));
        } catch (GeneralSecurityException e) {
            // Ed25519 says of some wrong signatures that they cannot be one.
            return false;
        }
    }

    GrantStatistics statistics(long refused) {
        return new GrantStatistics(accepted.sum(), forged.sum(), expired.sum(), refused);
    }
}
