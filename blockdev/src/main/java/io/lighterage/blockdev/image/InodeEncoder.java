package io.lighterage.blockdev.image;

import io.lighterage.blockdev.image.ErofsLayout.CompactInode;
import io.lighterage.blockdev.image.ErofsLayout.ExtendedInode;
import io.lighterage.blockdev.image.ErofsLayout.InodeHead;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes inodes' heads. */
final class InodeEncoder {
    private InodeEncoder() {}

    /**
     * The head of an inode as it stands on disk.
     *
     * @param block address of its first block, where the layout is flat
     */
    static ByteBuffer head(PlannedInode planned, long block) {
        ByteBuffer head = ByteBuffer.allocate(planned.headBytes()).order(ByteOrder.LITTLE_ENDIAN);
        Inode.Attributes attributes = planned.inode.attributes();
        int version = planned.extended ? InodeHead.FORMAT_EXTENDED : 0;
        int format = planned.layout << InodeHead.FORMAT_DATALAYOUT_SHIFT | version;
        int mode = FileType.of(planned.inode.content()).mode | attributes.permissions() & 07777;
        head.putShort(InodeHead.FORMAT, (short) format);
        head.putShort(InodeHead.XATTR_ICOUNT, (short) XattrPacker.count(planned.xattrBytes));
        head.putShort(InodeHead.MODE, (short) mode);
        head.putInt(InodeHead.UNION, union(planned, block));
        head.putInt(InodeHead.INO, planned.number);
        if (planned.extended) {
            head.putLong(InodeHead.SIZE_FIELD, planned.size);
            head.putInt(ExtendedInode.UID, (int) attributes.uid());
            head.putInt(ExtendedInode.GID, (int) attributes.gid());
            head.putLong(ExtendedInode.MTIME, attributes.mtimeSeconds());
            head.putInt(ExtendedInode.MTIME_NSEC, attributes.mtimeNanos());
            head.putInt(ExtendedInode.NLINK, planned.links);
        } else {
            head.putInt(InodeHead.SIZE_FIELD, (int) planned.size);
            head.putShort(CompactInode.NLINK, (short) planned.links);
            head.putShort(CompactInode.UID, (short) attributes.uid());
            head.putShort(CompactInode.GID, (short) attributes.gid());
        }
        return head;
    }

    private static int union(PlannedInode planned, long block) {
        if (planned.layout == InodeHead.CHUNK_BASED) {
            return planned.chunkBits - ErofsLayout.BLOCK_BITS;
        }
        return planned.inode.content() instanceof Inode.Device device ? deviceNumber(device) : (int) block;
    }

    /** Linux's {@code new_encode_dev}: 12 bits of major number between the lower 8 and the upper 12 of the minor. */
    private static int deviceNumber(Inode.Device device) {
        return device.minor() & 0xFF | device.major() << 8 | (device.minor() & ~0xFF) << 12;
    }
}
