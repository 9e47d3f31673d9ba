package io.lighterage.supernode.torrent;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** The SHA-1 of a torrent's info dictionary, which names the torrent (BEP 3). Immutable. */
public final class InfoHash {
    /** Length in bytes. */
    static final int BYTES = 20;

    private final byte[] bytes;

    private InfoHash(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * The hash with these bytes, which are copied.
     *
     * @throws MalformedException if they are not 20
     */
    static InfoHash ofBytes(byte[] raw) throws MalformedException {
        if (raw.length != BYTES) {
            throw new MalformedException("an info-hash has " + BYTES + " bytes, not " + raw.length);
        }
        return new InfoHash(raw.clone());
    }

    /** The name of the torrent with this info dictionary. */
    static InfoHash of(byte[] info) {
        return new InfoHash(sha1().digest(info));
    }

    /** A fresh SHA-1 computation. */
    static MessageDigest sha1() {
        try {
            return MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }

    byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof InfoHash that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** 40 hexadecimal digits. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
