package io.lighterage.blockdev.image;

import java.util.List;
import java.util.SortedMap;

/**
 * A file of a merged image, as the writer of a file system needs it. Several directory entries may name one inode.
 *
 * <p>Names, link targets and names of extended attributes are bytes in any encoding. They are kept as strings of one
 * character a byte (ISO-8859-1), whose order is that of the bytes.
 */
public final class Inode {
    /** What an inode holds. */
    public sealed interface Content {}

    /**
     * A regular file whose bytes lie in a layer's data blob.
     *
     * @param size in bytes, more than 0
     * @param layer index among the image's data blobs
     * @param runs where the file's bytes are, in order, without overlap; what lies between them is zeros
     */
    public record Data(long size, int layer, List<Run> runs) implements Content {}

    /**
     * A part of a file.
     *
     * @param fileOffset its first byte in the file, a multiple of 4096
     * @param blobOffset its first byte in the data blob, a multiple of 4096
     * @param length in bytes; only the file's last run may end off a multiple of 4096
     */
    public record Run(long fileOffset, long blobOffset, long length) {}

    /** A regular file, maybe empty, whose bytes stand in the metadata. */
    public record Inline(byte[] bytes) implements Content {}

    /** A symbolic link. */
    public record Symlink(String target) implements Content {}

    /** A directory: its entries by name, without {@code .} and {@code ..}. */
    public record Directory(SortedMap<String, Inode> entries) implements Content {}

    /** A character or block device. */
    public record Device(boolean block, int major, int minor) implements Content {}

    /** A named pipe. */
    public record Fifo() implements Content {}

    /**
     * What every inode has.
     *
     * @param permissions the lower twelve bits of the mode
     * @param uid unsigned 32 bits
     * @param gid unsigned 32 bits
     * @param mtimeSeconds since 1970, may be negative
     * @param mtimeNanos 0 to 999 999 999
     * @param xattrs extended attributes by their full name ({@code security.capability}); values are never changed
     */
    public record Attributes(
            int permissions, long uid, long gid, long mtimeSeconds, int mtimeNanos, SortedMap<String, byte[]> xattrs) {}

    private final Attributes attributes;
    private final Content content;

    public Inode(Attributes attributes, Content content) {
        this.attributes = attributes;
        this.content = content;
    }

    /** Owner, mode, time and extended attributes. */
    public Attributes attributes() {
        return attributes;
    }

    /** What it holds. */
    public Content content() {
        return content;
    }
}
