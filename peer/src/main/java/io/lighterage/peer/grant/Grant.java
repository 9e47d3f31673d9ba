package io.lighterage.peer.grant;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;

/**
 * What a supernode states: until then, this node may read what the one who is asked knows to be in this repository.
 * Where it names a blob, the supernode knows that this one is. A grant may be for its blob alone: that is how a read
 * goes on that began by the right of a client whose token has ended since.
 *
 * <p>As bytes, big-endian, version 1, at most {@value #LONGEST}:
 * <pre>
 * u8 1 | u8 1 if for the blob alone, else 0 | 16 bytes id of the node, zeros for any node | u64 ms since the epoch
 *      | 32 bytes blob, zeros for none
 *      | u8 length | registry in UTF-8 | u8 length | name in UTF-8 | 64 bytes Ed25519 (RFC 8032) over {@link #DOMAIN}
 *      and all before
 * </pre>
 *
 * @param repository where upstream lets the node's client read
 * @param blob is in that repository; none where the supernode does not know
 * @param alone whether it is for the blob only
 * @param node the id in the bearer's hello; none where the repository may be read by everybody
 * @param expiresMs when it ends, in ms since the epoch by the supernode's clock
 */
public record Grant(
        Repository repository, Optional<Digest> blob, boolean alone, Optional<UUID> node, long expiresMs) {
    /** The most bytes that one has. */
    public static final int LONGEST = FixedLength.ALL + 2 * 255;

    /** Precedes what is signed, so that no signature for another purpose can be taken for one. */
    static final byte[] DOMAIN = "lighterage grant 1\n".getBytes(StandardCharsets.US_ASCII);

    private static final byte VERSION = 1;
    private static final UUID ANY = new UUID(0, 0);
    private static final Digest NONE = Digest.ofBytes(new byte[Digest.BYTES]);

    /** Lengths in bytes. */
    private static final class FixedLength {
        static final int SIGNATURE = 64;
        static final int ALL = 1 + 1 + 16 + 8 + Digest.BYTES + 2 + SIGNATURE;
    }

    public Grant {
        if (alone && blob.isEmpty()) {
            throw new IllegalArgumentException("a grant is for its blob alone, and names none");
        }
    }

    /** What is signed, without {@link #DOMAIN}. */
    byte[] content() {
        byte[] registry = repository.registry().getBytes(StandardCharsets.UTF_8);
        byte[] name = repository.name().getBytes(StandardCharsets.UTF_8);
        if (registry.length > 255 || name.length > 255) {
            throw new IllegalArgumentException("no grant can name " + repository + ": it is too long");
        }
        UUID bearer = node.orElse(ANY);
        ByteBuffer out = ByteBuffer.allocate(FixedLength.ALL - FixedLength.SIGNATURE + registry.length + name.length);
        out.put(VERSION).put((byte) (alone ? 1 : 0));
        out.putLong(bearer.getMostSignificantBits()).putLong(bearer.getLeastSignificantBits());
        out.putLong(expiresMs).put(blob.orElse(NONE).bytes());
        out.put((byte) registry.length).put(registry).put((byte) name.length).put(name);
        return out.array();
    }

    /** {@code content} with its signature. */
    static byte[] token(byte[] content, byte[] signature) {
        return ByteBuffer.allocate(content.length + signature.length).put(content).put(signature).array();
    }

    /** The signed part of a token. */
    static byte[] content(byte[] token) {
        return Arrays.copyOf(token, token.length - FixedLength.SIGNATURE);
    }

    /** The signature at the end of a token. */
    static byte[] signature(byte[] token) {
        return Arrays.copyOfRange(token, token.length - FixedLength.SIGNATURE, token.length);
    }

    /**
     * Reads a token; its signature is not checked.
     *
     * @throws IllegalArgumentException if it is not one
     */
    static Grant parse(byte[] token) {
        if (token.length < FixedLength.ALL || token.length > LONGEST || token[0] != VERSION) {
            throw new IllegalArgumentException("no grant of version 1: " + token.length + " bytes");
        }
        ByteBuffer in = ByteBuffer.wrap(content(token)).position(1);
        try {
            byte flag = in.get();
            if (flag != 0 && flag != 1) {
                throw new IllegalArgumentException("a grant has the flag " + flag);
            }
            UUID node = new UUID(in.getLong(), in.getLong());
            long expiresMs = in.getLong();
            byte[] bytes = new byte[Digest.BYTES];
            in.get(bytes);
            Digest blob = Digest.ofBytes(bytes);
            Repository repository = new Repository(text(in), text(in));
            if (in.hasRemaining()) {
                throw new IllegalArgumentException("a grant has " + in.remaining() + " bytes too many");
            }
            return new Grant(
                    repository,
                    blob.equals(NONE) ? Optional.empty() : Optional.of(blob),
                    flag == 1,
                    node.equals(ANY) ? Optional.empty() : Optional.of(node),
                    expiresMs);
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("a grant ends in the middle of a field", e);
        }
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = new byte[Byte.toUnsignedInt(in.get())];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
