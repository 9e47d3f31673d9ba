package io.lighterage.blockdev.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The variant of an image's metadata that Linux (5.16 and later) mounts straight from the data blobs' files, with
 * nothing copied: {@code mount(2)} of the metadata's file with the options {@code device=BLOB1,device=BLOB2}, blobs in
 * the order of the device map. Mounts from files need Linux 6.12.
 *
 * <p>{@code mount(2)} takes less than a page of options and splits them at commas; {@code device=/proc/self/fd/N} keeps
 * 130 blobs within that, wherever their files are.
 *
 * <p>The metadata always carries the table of its data blobs; the variant only announces it, in the superblock.
 */
public final class ErofsMultiDevice {
    /** Bytes at the metadata's start within which the variant differs. */
    public static final int PREFIX = ErofsLayout.BLOCK;

    private ErofsMultiDevice() {}

    /**
     * Turns the first block of an image's metadata into that of the variant.
     *
     * @param first the first {@link #PREFIX} bytes of the metadata; not changed
     * @param devices how many data blobs the image has, 1 to 65 535
     * @return the variant's first {@link #PREFIX} bytes; the rest of the metadata is the same
     * @throws IllegalArgumentException if {@code first} holds no superblock with a right checksum
     */
    public static byte[] announce(byte[] first, int devices) {
        if (devices < 1 || devices > 0xFFFF) {
            throw new IllegalArgumentException(
                    "an image of " + devices + " data blobs has no variant of several devices");
        }
        ByteBuffer block = ByteBuffer.wrap(first.clone()).order(ByteOrder.LITTLE_ENDIAN);
        if (first.length != PREFIX || !Superblock.valid(block)) {
            throw new IllegalArgumentException("no EROFS superblock with a right checksum in the metadata's first "
                    + first.length + " bytes");
        }
        Superblock.announce(block, devices);
        return block.array();
    }
}
