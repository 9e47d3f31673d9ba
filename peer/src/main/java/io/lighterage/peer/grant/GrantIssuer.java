package io.lighterage.peer.grant;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.store.KeyValueTable;
import io.lighterage.peer.store.StoreException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Signs grants, for a supernode. Its key is made once and kept in the store, so that grants outlive a restart.
 *
 * <p>A grant that was made lately is given again, byte for byte: to all nodes the same where any node may read.
 * {@link #made} is guarded by itself.
 */
public final class GrantIssuer {
    static final String ALGORITHM = "Ed25519";
    private static final String KEY = "key-pair";
    private static final int MOST_MADE = 8192;

    private final PrivateKey privateKey;
    private final byte[] publicKey;
    private final Duration lifetime;
    private final InstantSource clock;
    private final Map<Subject, Made> made = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Subject, Made> eldest) {
            return size() > MOST_MADE;
        }
    };

    private record Subject(Repository repository, Optional<Digest> blob, boolean alone, Optional<UUID> node) {}

    private record Made(byte[] token, long renewMs, long expiresMs) {}

    private GrantIssuer(PrivateKey privateKey, byte[] publicKey, Duration lifetime, InstantSource clock) {
        this.privateKey = privateKey;
        this.publicKey = publicKey;
        this.lifetime = lifetime;
        this.clock = clock;
    }

    /**
     * The issuer whose key is in {@code table}, which is made if there is none.
     *
     * @param lifetime of a grant; the one given may be half as old already
     * @throws StoreException if the key cannot be read, or not be kept
     */
    public static GrantIssuer open(KeyValueTable table, Duration lifetime, InstantSource clock) throws StoreException {
        try {
            Optional<byte[]> kept = table.get(KEY);
            if (kept.isEmpty()) {
                KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
                byte[] secret = pair.getPrivate().getEncoded();
                byte[] open = pair.getPublic().getEncoded();
                ByteBuffer both = ByteBuffer.allocate(4 + secret.length + open.length);
                table.put(KEY, both.putInt(secret.length).put(secret).put(open).array());
                return new GrantIssuer(pair.getPrivate(), open, lifetime, clock);
            }
            ByteBuffer both = ByteBuffer.wrap(kept.get());
            byte[] secret = new byte[both.getInt()];
            both.get(secret);
            byte[] open = new byte[both.remaining()];
            both.get(open);
            PrivateKey key = KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(secret));
            return new GrantIssuer(key, open, lifetime, clock);
        } catch (GeneralSecurityException e) {
            throw new StoreException(
                    StoreException.Reason.FAILED, "the key of grants in the store cannot be used: " + e, e);
        }
    }

    /** The key by which its grants are checked, as X.509 SubjectPublicKeyInfo. */
    public byte[] publicKey() {
        return publicKey.clone();
    }

    /**
     * A grant with at least half of its lifetime left.
     *
     * @param blob known to be in the repository, or none
     * @param node whose it is; none for any node
     */
    public byte[] issue(Repository repository, Optional<Digest> blob, Optional<UUID> node) {
        return issue(new Subject(repository, blob, false, node), Long.MAX_VALUE);
    }

    /**
     * A grant for this blob alone.
     *
     * @param blob known to be in the repository
     * @param mostMs when it ends at the latest, in ms since the epoch
     */
    public byte[] issueAlone(Repository repository, Digest blob, UUID node, long mostMs) {
        return issue(new Subject(repository, Optional.of(blob), true, Optional.of(node)), mostMs);
    }

    private byte[] issue(Subject subject, long mostMs) {
        long nowMs = clock.millis();
        synchronized (made) {
            Made known = made.get(subject);
            if (known == null || known.renewMs <= nowMs || known.expiresMs > mostMs) {
                long expiresMs = Math.min(mostMs, expiryMs());
                Grant grant = new Grant(subject.repository, subject.blob, subject.alone, subject.node, expiresMs);
                byte[] content = grant.content();
                known = new Made(Grant.token(content, sign(content)), nowMs + lifetime.toMillis() / 2, expiresMs);
                made.put(subject, known);
            }
            return known.token.clone();
        }
    }

    /** When a grant ends that is made now, in ms since the epoch. */
    public long expiryMs() {
        return clock.millis() + lifetime.toMillis();
    }

    private byte[] sign(byte[] content) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initSign(privateKey);
            signature.update(Grant.DOMAIN);
            signature.update(content);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot sign with " + ALGORITHM, e);
        }
    }
}
