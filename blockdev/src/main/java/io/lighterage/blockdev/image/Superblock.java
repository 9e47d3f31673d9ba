package io.lighterage.blockdev.image;

import static io.lighterage.blockdev.image.ErofsLayout.BLOCK;

import io.lighterage.blockdev.image.ErofsLayout.DeviceSlot;
import io.lighterage.blockdev.image.ErofsLayout.SuperBlock;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The superblock and the table of data blobs behind it.
 *
 * @param inodes how many there are
 * @param buildTime time of the compact inodes
 * @param dataBlock address of the first block after the metadata
 * @param deviceBlocks blocks of the whole device
 * @param chunked whether a file is chunk-based
 */
record Superblock(int inodes, Mtime buildTime, long dataBlock, long deviceBlocks, boolean chunked) {
    /** Where the device table begins, in slots. */
    private static final int DEVICE_TABLE_SLOT = (SuperBlock.OFFSET + SuperBlock.SIZE) / DeviceSlot.SIZE;

    /**
     * The root's number. {@code root_nid} has 16 bits and no inode may be number 0, so numbers count from the block
     * before the first inode's.
     */
    static final int ROOT_NID = BLOCK / ErofsLayout.InodeHead.SLOT;

    /** Blocks before the first inode, where there are {@code devices} data blobs. */
    static long blocks(int devices) {
        return ErofsLayout.blocks((DEVICE_TABLE_SLOT + (long) devices) * DeviceSlot.SIZE);
    }

    /** All blocks before the first inode. */
    ByteBuffer encode(List<DataBlob> data, byte[] uuid) {
        int blocks = Math.toIntExact(blocks(data.size()));
        ByteBuffer head = ByteBuffer.allocate(blocks * BLOCK).order(ByteOrder.LITTLE_ENDIAN);
        int at = SuperBlock.OFFSET;
        head.putInt(at + SuperBlock.MAGIC, SuperBlock.MAGIC_VALUE);
        head.putInt(at + SuperBlock.FEATURE_COMPAT, SuperBlock.COMPAT_SB_CHKSUM | SuperBlock.COMPAT_MTIME);
        head.put(at + SuperBlock.BLKSZBITS, (byte) ErofsLayout.BLOCK_BITS);
        head.putShort(at + SuperBlock.ROOT_NID, (short) ROOT_NID);
        head.putLong(at + SuperBlock.INOS, inodes);
        head.putLong(at + SuperBlock.BUILD_TIME, buildTime.seconds());
        head.putInt(at + SuperBlock.BUILD_TIME_NSEC, buildTime.nanos());
        head.putInt(at + SuperBlock.BLOCKS, (int) deviceBlocks);
        head.putInt(at + SuperBlock.META_BLKADDR, blocks - 1);
        head.put(at + SuperBlock.UUID, uuid);
        head.putInt(at + SuperBlock.FEATURE_INCOMPAT, chunked ? SuperBlock.INCOMPAT_CHUNKED_FILE : 0);
        putDeviceTable(head, data);
        putChecksum(head);
        return head;
    }

    private void putDeviceTable(ByteBuffer head, List<DataBlob> data) {
        long block = dataBlock;
        int at = DEVICE_TABLE_SLOT * DeviceSlot.SIZE;
        for (DataBlob blob : data) {
            long blocks = ErofsLayout.blocks(blob.length());
            head.put(at + DeviceSlot.TAG, blob.digest().hex().getBytes(StandardCharsets.US_ASCII));
            head.putInt(at + DeviceSlot.BLOCKS, (int) blocks);
            head.putInt(at + DeviceSlot.MAPPED_BLKADDR, (int) block);
            block += blocks;
            at += DeviceSlot.SIZE;
        }
    }

    /** Makes the superblock in {@code first}, the device's first block, announce {@code devices} slots of its table. */
    static void announce(ByteBuffer first, int devices) {
        int at = SuperBlock.OFFSET;
        int firstSlot = DEVICE_TABLE_SLOT * DeviceSlot.SIZE;
        int features = first.getInt(at + SuperBlock.FEATURE_INCOMPAT);
        first.putInt(at + SuperBlock.FEATURE_INCOMPAT, features | SuperBlock.INCOMPAT_DEVICE_TABLE);
        first.putShort(at + SuperBlock.EXTRA_DEVICES, (short) devices);
        first.putShort(at + SuperBlock.DEVT_SLOTOFF, (short) DEVICE_TABLE_SLOT);
        first.putInt(at + SuperBlock.BLOCKS, first.getInt(firstSlot + DeviceSlot.MAPPED_BLKADDR));
        putChecksum(first);
    }

    /** Whether {@code first} begins a device with a superblock whose checksum is right. */
    static boolean valid(ByteBuffer first) {
        return first.getInt(SuperBlock.OFFSET + SuperBlock.MAGIC) == SuperBlock.MAGIC_VALUE
                && first.getInt(SuperBlock.OFFSET + SuperBlock.CHECKSUM) == checksum(first);
    }

    private static void putChecksum(ByteBuffer first) {
        first.putInt(SuperBlock.OFFSET + SuperBlock.CHECKSUM, checksum(first));
    }

    /**
     * CRC32C of the first block from the superblock on, its field counted as zeros, without the customary last
     * inversion.
     */
    private static int checksum(ByteBuffer first) {
        byte[] covered = new byte[BLOCK - SuperBlock.OFFSET];
        first.get(SuperBlock.OFFSET, covered);
        Arrays.fill(covered, SuperBlock.CHECKSUM, SuperBlock.CHECKSUM + Integer.BYTES, (byte) 0);
        CRC32C crc = new CRC32C();
        crc.update(covered);
        return ~(int) crc.getValue();
    }
}
