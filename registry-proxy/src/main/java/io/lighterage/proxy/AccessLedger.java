package io.lighterage.proxy;

import io.lighterage.peer.content.Repository;
import io.lighterage.peer.store.KeyValueTable;
import io.lighterage.peer.store.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When upstream last let which client read which repository, durably, so that a restart while upstream is down takes
 * nobody's right away.
 *
 * <p>Nothing here gives a credential away: a row has an HMAC of the repository under a key that is stretched (PBKDF2,
 * RFC 8018) from the credential and a salt of this table. Bearer tokens are not kept, for they end in minutes and never
 * come back. Rows lie in a fixed number of slots, the younger of two in its place, so the table cannot grow with those
 * who pass.
 *
 * <p>Rows: {@code salt} with 32 bytes; the name of a repository with u64 ms, for clients without credentials; {@code
 * slot N} with the 32 bytes of the HMAC and u64 ms. Safe for use by several threads.
 */
final class AccessLedger {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLedger.class);
    private static final int SLOTS = 1 << 16;
    private static final int KEY_BYTES = 32;
    private static final int ITERATIONS = 10_000;
    private static final int MOST_KEYS = 1024;
    private static final String HMAC = "HmacSHA256";

    private final KeyValueTable table;
    private final byte[] salt;

    /** One at a time is stretched, so that strangers can take no more than one core. */
    private final ReentrantLock stretching = new ReentrantLock();

    /** By a hash of the credential that is worth nothing outside this process; guarded by itself. */
    private final Map<String, SecretKeySpec> keys = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, SecretKeySpec> eldest) {
            return size() > MOST_KEYS;
        }
    };

    /** @param table its own, kept over restarts */
    AccessLedger(KeyValueTable table) {
        this.table = table;
        this.salt = salt(table);
    }

    private static byte[] salt(KeyValueTable table) {
        byte[] fresh = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(fresh);
        try {
            Optional<byte[]> kept = table.get("salt").filter(value -> value.length == KEY_BYTES);
            if (kept.isPresent()) {
                return kept.get();
            }
            table.put("salt", fresh);
        } catch (StoreException e) {
            LOG.warn("who may read is known only until the process ends: {}", e.getMessage());
        }
        return fresh;
    }

    /**
     * When upstream last let the client in, in ms since the epoch.
     *
     * @param session names the credential within this process
     */
    OptionalLong find(Repository repository, String authorization, String session) {
        if (isPassing(authorization)) {
            return OptionalLong.empty();
        }
        try {
            if (authorization.isEmpty()) {
                return time(table.get(repository.toString()).filter(row -> row.length == Long.BYTES));
            }
            byte[] name = name(repository, authorization, session);
            return time(table.get(slot(name)).filter(row -> isOf(name, row)));
        } catch (StoreException e) {
            LOG.warn("cannot look up who may read {}: {}", repository, e.getMessage());
            return OptionalLong.empty();
        }
    }

    /** Upstream let the client in at {@code nowMs}. */
    void put(Repository repository, String authorization, String session, long nowMs) {
        if (isPassing(authorization)) {
            return;
        }
        try {
            if (authorization.isEmpty()) {
                table.put(repository.toString(), ByteBuffer.allocate(Long.BYTES).putLong(nowMs).array());
            } else {
                byte[] name = name(repository, authorization, session);
                table.put(slot(name), ByteBuffer.allocate(name.length + Long.BYTES).put(name).putLong(nowMs).array());
            }
        } catch (StoreException e) {
            LOG.warn("who may read {} is known only until the process ends: {}", repository, e.getMessage());
        }
    }

    /**
     * Upstream does not let the client in. Wrong passwords that come fast are not all looked up: none of them is here.
     */
    void remove(Repository repository, String authorization, String session) {
        boolean costly = !authorization.isEmpty() && known(session).isEmpty();
        if (costly && stretching.isLocked() || find(repository, authorization, session).isEmpty()) {
            return;
        }
        try {
            table.remove(authorization.isEmpty()
                    ? repository.toString()
                    : slot(name(repository, authorization, session)));
        } catch (StoreException e) {
            LOG.warn("that a client may no longer read {} cannot be kept: {}", repository, e.getMessage());
        }
    }

    private static boolean isPassing(String authorization) {
        return authorization.regionMatches(true, 0, "Bearer ", 0, 7);
    }

    private static OptionalLong time(Optional<byte[]> row) {
        return row.map(bytes -> OptionalLong.of(ByteBuffer.wrap(bytes).getLong(bytes.length - Long.BYTES)))
                .orElse(OptionalLong.empty());
    }

    private static boolean isOf(byte[] name, byte[] row) {
        return row.length == name.length + Long.BYTES && Arrays.equals(row, 0, name.length, name, 0, name.length);
    }

    private static String slot(byte[] name) {
        return "slot " + Integer.remainderUnsigned(ByteBuffer.wrap(name).getInt(), SLOTS);
    }

    private byte[] name(Repository repository, String authorization, String session) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(key(authorization, session));
            return mac.doFinal(repository.toString().getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot compute " + HMAC, e);
        }
    }

    private SecretKeySpec key(String authorization, String session) throws GeneralSecurityException {
        Optional<SecretKeySpec> known = known(session);
        if (known.isPresent()) {
            return known.get();
        }
        stretching.lock();
        try {
            known = known(session);
            if (known.isPresent()) {
                return known.get();
            }
            PBEKeySpec stretched = new PBEKeySpec(authorization.toCharArray(), salt, ITERATIONS, KEY_BYTES * Byte.SIZE);
            byte[] bytes = SecretKeyFactory.getInstance("PBKDF2With" + HMAC).generateSecret(stretched).getEncoded();
            stretched.clearPassword();
            SecretKeySpec key = new SecretKeySpec(bytes, HMAC);
            synchronized (keys) {
                keys.put(session, key);
            }
            return key;
        } finally {
            stretching.unlock();
        }
    }

    private Optional<SecretKeySpec> known(String session) {
        synchronized (keys) {
            return Optional.ofNullable(keys.get(session));
        }
    }
}
