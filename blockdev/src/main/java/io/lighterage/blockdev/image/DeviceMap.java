package io.lighterage.blockdev.image;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import java.util.List;
import java.util.Optional;

/**
 * Where each byte of an image's device comes from: the concatenation of its extents, without gaps.
 *
 * <p>The first extent is the EROFS metadata, whole in a blob of its own; then comes the file data of each layer that
 * has any, lowest layer first. Every extent begins and ends at a multiple of {@link #BLOCK}.
 *
 * @param image the manifest from which the device was made
 * @param length the device's length in bytes, a multiple of {@link #BLOCK}
 * @param extents in the order of their offsets, at least one
 */
public record DeviceMap(Digest image, long length, List<Extent> extents) {
    /** Bytes in a block of the file system: extents are aligned to it. */
    public static final int BLOCK = 4096;

    /**
     * A run of the device that lies in one blob.
     *
     * @param deviceOffset offset of its first byte in the device
     * @param length its length in bytes, more than 0
     * @param blob the blob that holds it
     * @param blobOffset offset of its first byte in the blob
     * @param table SHA-256 over the blob's complete chunk table (see
     *     {@link io.lighterage.peer.content.ChunkTable#digest()}): whoever trusts this map can trust such a table
     * @param layer the layer whose file data the blob is, by which it can be made anew; empty for metadata
     */
    public record Extent(
            long deviceOffset, long length, BlobInfo blob, long blobOffset, Digest table, Optional<Layer> layer) {
        /** An extent of a blob that is made of no layer. */
        public Extent(long deviceOffset, long length, BlobInfo blob, long blobOffset, Digest table) {
            this(deviceOffset, length, blob, blobOffset, table, Optional.empty());
        }

        public Extent {
            if (deviceOffset < 0 || deviceOffset % BLOCK != 0 || length <= 0 || length % BLOCK != 0) {
                throw new IllegalArgumentException(
                        "an extent of " + length + " bytes at " + deviceOffset + " is not of blocks of " + BLOCK);
            }
            if (blobOffset < 0 || blobOffset > blob.length() - length) {
                throw new IllegalArgumentException("blob " + blob.digest() + " of " + blob.length() + " bytes has no "
                        + length + " bytes at " + blobOffset);
            }
        }

        /** Offset in the device of the first byte after it. */
        public long end() {
            return deviceOffset + length;
        }
    }

    public DeviceMap {
        extents = List.copyOf(extents);
        long offset = 0;
        for (Extent extent : extents) {
            if (extent.deviceOffset() != offset) {
                throw new IllegalArgumentException("the device of " + image + " has no extent at " + offset);
            }
            offset = extent.end();
        }
        if (extents.isEmpty() || offset != length) {
            throw new IllegalArgumentException(
                    "the extents of the device of " + image + " end at " + offset + ", not at " + length);
        }
    }

    /** Index of the extent that holds the byte at {@code offset}, which must lie in the device. */
    public int extentAt(long offset) {
        if (offset < 0 || offset >= length) {
            throw new IndexOutOfBoundsException(
                    "the device of " + image + " has " + length + " bytes, no byte " + offset);
        }
        int low = 0;
        int high = extents.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (extents.get(middle).deviceOffset() <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** The extent of the file system's metadata. */
    public Extent metadata() {
        return extents.getFirst();
    }
}
