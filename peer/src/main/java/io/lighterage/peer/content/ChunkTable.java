package io.lighterage.peer.content;

import java.security.MessageDigest;
import java.util.Arrays;

/**
 * The sha256 of every chunk of a blob, as far as they are known.
 *
 * <p>A table grows while a blob is read from upstream, in whatever order its chunks arrive; an entry that
 * was written never changes. Safe for use by several threads.
 */
public final class ChunkTable {
    private final BlobInfo info;
    private final byte[] hashes;
    private final ChunkSet known;

    /** A table that knows nothing yet, but the entry of an only chunk: that is the blob's own digest. */
    public ChunkTable(BlobInfo info) {
        this.info = info;
        this.hashes = new byte[Math.multiplyExact(info.chunkCount(), Digest.BYTES)];
        this.known = new ChunkSet(info.chunkCount());
        if (info.chunkCount() == 1) {
            put(0, info.digest().bytes());
        }
    }

    /** The blob that the table describes. */
    public BlobInfo info() {
        return info;
    }

    /**
     * Writes the entry of chunk {@code index}; answers whether it was new.
     *
     * @param sha256 {@link Digest#BYTES} bytes, copied
     * @throws ConflictingChunkException if the table has another hash for that chunk
     */
    public synchronized boolean put(int index, byte[] sha256) {
        if (sha256.length != Digest.BYTES) {
            throw new IllegalArgumentException("a chunk's sha256 has " + Digest.BYTES + " bytes, not " + sha256.length);
        }
        if (known.contains(index)) {
            if (!matches(index, sha256)) {
                throw new ConflictingChunkException(info, index);
            }
            return false;
        }
        known.add(index);
        System.arraycopy(sha256, 0, hashes, index * Digest.BYTES, Digest.BYTES);
        return true;
    }

    /** Whether the entry of chunk {@code index} is known. */
    public synchronized boolean knows(int index) {
        return known.contains(index);
    }

    /** The known entries. */
    public synchronized ChunkSet known() {
        return known.copy();
    }

    /** Whether every entry is known. */
    public synchronized boolean isComplete() {
        return known.isFull();
    }

    /** A copy of chunk {@code index}'s sha256, which must be known. */
    public synchronized byte[] hash(int index) {
        if (!known.contains(index)) {
            throw new IllegalStateException("the table of " + info.digest() + " does not know chunk " + index);
        }
        byte[] hash = new byte[Digest.BYTES];
        System.arraycopy(hashes, index * Digest.BYTES, hash, 0, Digest.BYTES);
        return hash;
    }

    /** Whether chunk {@code index} is known and has this {@code sha256}. */
    public synchronized boolean accepts(int index, byte[] sha256) {
        return known.contains(index) && matches(index, sha256);
    }

    /**
     * The digest of the complete table: SHA-256 over the entries in order, each {@link Digest#BYTES} bytes.
     *
     * @throws IllegalStateException if an entry is missing
     */
    public synchronized Digest digest() {
        if (!known.isFull()) {
            throw new IllegalStateException("the table of " + info.digest() + " knows only " + known);
        }
        MessageDigest hash = Digest.sha256();
        hash.update(hashes);
        return Digest.finish(hash);
    }

    private boolean matches(int index, byte[] sha256) {
        return MessageDigest.isEqual(
                sha256, Arrays.copyOfRange(hashes, index * Digest.BYTES, (index + 1) * Digest.BYTES));
    }
}
