package io.lighterage.peer.content;

/**
 * What a blob is: its name, its length, and how it is cut into chunks.
 *
 * <p>All chunks have {@code chunkLength} bytes but the last, which has what remains. A blob of no bytes has
 * no chunks.
 *
 * @param digest the blob's name
 * @param length its length in bytes, 0 to {@link #LONGEST}
 * @param chunkLength bytes in a chunk: a power of two from {@link #SMALLEST_CHUNK} to {@link #LARGEST_CHUNK}
 */
public record BlobInfo(Digest digest, long length, int chunkLength) {
    /** Least chunk length, 64 KiB. */
    public static final int SMALLEST_CHUNK = 64 << 10;

    /** Greatest chunk length, 4 MiB. */
    public static final int LARGEST_CHUNK = 4 << 20;

    /**
     * Chunk length of a blob about which nothing else is known, 256 KiB: small chunks keep a crowd's links shared
     * evenly.
     */
    public static final int DEFAULT_CHUNK = 256 << 10;

    /**
     * Most chunks that a blob is cut into by {@link #chunkLength}: its table has 2 MiB then, which the wire can queue.
     */
    public static final int USUAL_CHUNKS = 65_536;

    /** Greatest length of a blob, 256 GiB; it bounds what a table of chunks may cost. */
    public static final long LONGEST = 256L << 30;

    public BlobInfo {
        if (length < 0 || length > LONGEST) {
            throw new IllegalArgumentException(
                    "blob " + digest + " cannot have " + length + " bytes (0 to " + LONGEST + ")");
        }
        if (Integer.bitCount(chunkLength) != 1 || chunkLength < SMALLEST_CHUNK || chunkLength > LARGEST_CHUNK) {
            throw new IllegalArgumentException("blob " + digest + " cannot have chunks of " + chunkLength
                    + " bytes (a power of two from " + SMALLEST_CHUNK + " to " + LARGEST_CHUNK + ")");
        }
    }

    // Compared for every blob that is asked for, and a record's own comparison goes through method handles.
    @Override
    public boolean equals(Object other) {
        return other instanceof BlobInfo(Digest named, long bytes, int chunk)
                && digest.equals(named)
                && length == bytes
                && chunkLength == chunk;
    }

    @Override
    public int hashCode() {
        return digest.hashCode();
    }

    /** A blob in chunks of {@link #DEFAULT_CHUNK}, or of what {@link #chunkLength} makes of that. */
    public static BlobInfo of(Digest digest, long length) {
        return new BlobInfo(digest, length, chunkLength(length, DEFAULT_CHUNK));
    }

    /**
     * The chunk length of a blob of {@code length} bytes: {@code least}, doubled until there are at most
     * {@link #USUAL_CHUNKS} chunks, but never more than {@link #LARGEST_CHUNK}.
     */
    public static int chunkLength(long length, int least) {
        int chunk = least;
        while (chunk < LARGEST_CHUNK && length > (long) chunk * USUAL_CHUNKS) {
            chunk *= 2;
        }
        return chunk;
    }

    /** Number of chunks; at most 4 194 304. */
    public int chunkCount() {
        return (int) ((length + chunkLength - 1) / chunkLength);
    }

    /** Offset in the blob of chunk {@code index}'s first byte. */
    public long offsetOf(int index) {
        checkIndex(index);
        return (long) index * chunkLength;
    }

    /** Number of bytes in chunk {@code index}. */
    public int lengthOf(int index) {
        checkIndex(index);
        return (int) Math.min(chunkLength, length - (long) index * chunkLength);
    }

    /** Index of the chunk that holds the byte at {@code offset}, which must lie in the blob. */
    public int chunkAt(long offset) {
        if (offset < 0 || offset >= length) {
            throw new IndexOutOfBoundsException("blob " + digest + " has " + length + " bytes, no byte " + offset);
        }
        return (int) (offset / chunkLength);
    }

    /** The whole of the blob as a range. */
    public ByteRange all() {
        return new ByteRange(0, length);
    }

    private void checkIndex(int index) {
        if (index < 0 || index >= chunkCount()) {
            throw new IndexOutOfBoundsException(
                    "blob " + digest + " has " + chunkCount() + " chunks, no chunk " + index);
        }
    }
}
