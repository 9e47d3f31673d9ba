package io.lighterage.peer.content;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The sha256 digest that names a blob.
 *
 * <p>Text form is {@code sha256:} and 64 lower-case hexadecimal digits, as the OCI image specification's
 * section "Digests" has it. Immutable; ordered by its bytes.
 */
public final class Digest implements Comparable<Digest> {
    /** Length of a digest in bytes. */
    public static final int BYTES = 32;

    private static final String PREFIX = "sha256:";
    private static final HexFormat HEX = HexFormat.of();

    /** To be copied, never used itself: to look for an algorithm costs as much as to hash a page. */
    private static final MessageDigest SHA256 = find();

    private final byte[] bytes;

    private Digest(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Reads the text form.
     *
     * @throws InvalidDigestException if {@code text} is not {@code sha256:} and 64 lower-case hex digits
     */
    public static Digest parse(String text) {
        if (text == null || text.length() != PREFIX.length() + 2 * BYTES || !text.startsWith(PREFIX)) {
            throw new InvalidDigestException(text);
        }
        for (int i = PREFIX.length(); i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                throw new InvalidDigestException(text);
            }
        }
        return new Digest(HEX.parseHex(text, PREFIX.length(), text.length()));
    }

    /** The digest whose raw value is {@code raw}, which must have {@link #BYTES} bytes and is copied. */
    public static Digest ofBytes(byte[] raw) {
        if (raw.length != BYTES) {
            throw new IllegalArgumentException("a sha256 digest has " + BYTES + " bytes, not " + raw.length);
        }
        return new Digest(raw.clone());
    }

    /** Reads {@link #BYTES} raw bytes from {@code buffer}, advancing it. */
    public static Digest read(ByteBuffer buffer) {
        byte[] raw = new byte[BYTES];
        buffer.get(raw);
        return new Digest(raw);
    }

    /** The digest of {@code content}. */
    public static Digest of(byte[] content) {
        return new Digest(sha256().digest(content));
    }

    /** The digest of what {@code hash} has been fed; resets {@code hash}. */
    public static Digest finish(MessageDigest hash) {
        return ofBytes(hash.digest());
    }

    /** A fresh SHA-256 computation. */
    public static MessageDigest sha256() {
        try {
            return (MessageDigest) SHA256.clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("this Java's SHA-256 cannot be copied", e);
        }
    }

    private static MessageDigest find() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Writes the raw value to {@code buffer}, advancing it by {@link #BYTES}. */
    public void write(ByteBuffer buffer) {
        buffer.put(bytes);
    }

    /** A copy of the raw value. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** The 64 hexadecimal digits, without the algorithm. */
    public String hex() {
        return HEX.formatHex(bytes);
    }

    @Override
    public int compareTo(Digest other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Digest that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        // The bytes are uniformly distributed already: any four of them will do.
        return (bytes[0] & 0xff) << 24 | (bytes[1] & 0xff) << 16 | (bytes[2] & 0xff) << 8 | bytes[3] & 0xff;
    }

    @Override
    public String toString() {
        return PREFIX + hex();
    }
}
