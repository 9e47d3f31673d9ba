package io.lighterage.peer.content;

/**
 * A run of bytes inside a blob.
 *
 * @param offset first byte, counted from 0
 * @param length number of bytes, 0 or more
 */
public record ByteRange(long offset, long length) {
    public ByteRange {
        if (offset < 0 || length < 0 || offset + length < 0) {
            throw new IllegalArgumentException("no such byte range: offset " + offset + ", length " + length);
        }
    }

    /** The offset just behind the last byte. */
    public long end() {
        return offset + length;
    }
}
