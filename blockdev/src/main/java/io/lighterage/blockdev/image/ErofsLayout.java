package io.lighterage.blockdev.image;

/**
 * The structures of EROFS on disk, as offsets and sizes in bytes. All numbers are little-endian.
 *
 * <p>Specification: Linux {@code Documentation/filesystems/erofs.rst} and {@code fs/erofs/erofs_fs.h}, whose names
 * these are. Only what uncompressed images need, in the forms that every kernel since 5.4 reads, unless said otherwise.
 */
final class ErofsLayout {
    static final int BLOCK_BITS = 12;
    static final int BLOCK = 1 << BLOCK_BITS;

    /** {@code EROFS_NULL_ADDR}: the block address of a hole. */
    static final long NULL_ADDR = 0xFFFF_FFFFL;

    /** {@code struct erofs_super_block}, {@code EROFS_SUPER_OFFSET} bytes into the device. */
    static final class SuperBlock {
        static final int OFFSET = 1024;
        static final int SIZE = 128;
        static final int MAGIC_VALUE = 0xE0F5_E1E2;

        static final int MAGIC = 0;
        static final int CHECKSUM = 4;
        static final int FEATURE_COMPAT = 8;
        static final int BLKSZBITS = 12;
        static final int SB_EXTSLOTS = 13;
        static final int ROOT_NID = 14;
        static final int INOS = 16;
        static final int BUILD_TIME = 24;
        static final int BUILD_TIME_NSEC = 32;
        static final int BLOCKS = 36;
        static final int META_BLKADDR = 40;
        static final int XATTR_BLKADDR = 44;
        static final int UUID = 48;
        static final int UUID_SIZE = 16;
        static final int VOLUME_NAME = 64;
        static final int FEATURE_INCOMPAT = 80;
        static final int EXTRA_DEVICES = 86;
        static final int DEVT_SLOTOFF = 88;

        static final int COMPAT_SB_CHKSUM = 0x1;
        static final int COMPAT_MTIME = 0x2;

        /** Since Linux 5.15. */
        static final int INCOMPAT_CHUNKED_FILE = 0x4;

        /** Since Linux 5.16. */
        static final int INCOMPAT_DEVICE_TABLE = 0x8;

        private SuperBlock() {}
    }

    /** {@code struct erofs_deviceslot}: a device besides the first. */
    static final class DeviceSlot {
        static final int SIZE = 128;
        static final int TAG = 0;
        static final int TAG_SIZE = 64;
        static final int BLOCKS = 64;
        static final int MAPPED_BLKADDR = 68;

        private DeviceSlot() {}
    }

    /** What {@code struct erofs_inode_compact} and {@code struct erofs_inode_extended} share. */
    static final class InodeHead {
        /** An inode's number ({@code nid}) counts slots of this size from the metadata's start. */
        static final int SLOT = 32;

        static final int FORMAT = 0;
        static final int XATTR_ICOUNT = 2;
        static final int MODE = 4;
        static final int SIZE_FIELD = 8;

        /** {@code i_u}: first data block, device number, or chunk format. */
        static final int UNION = 16;

        static final int INO = 20;

        /** {@code i_format}: bit 0 says extended, bits 1 to 3 are the data layout. */
        static final int FORMAT_EXTENDED = 1;

        static final int FORMAT_DATALAYOUT_SHIFT = 1;
        static final int FLAT_PLAIN = 0;
        static final int FLAT_INLINE = 2;
        static final int CHUNK_BASED = 4;

        private InodeHead() {}
    }

    /** {@code struct erofs_inode_compact}: 16-bit owners, 32-bit size, the superblock's time. */
    static final class CompactInode {
        static final int SIZE = 32;
        static final int NLINK = 6;
        static final int UID = 24;
        static final int GID = 26;

        private CompactInode() {}
    }

    /** {@code struct erofs_inode_extended}. */
    static final class ExtendedInode {
        static final int SIZE = 64;
        static final int UID = 24;
        static final int GID = 28;
        static final int MTIME = 32;
        static final int MTIME_NSEC = 40;
        static final int NLINK = 44;

        private ExtendedInode() {}
    }

    /** {@code struct erofs_dirent}; a block of a directory holds these, then their names, unterminated. */
    static final class Dirent {
        static final int SIZE = 12;
        static final int NID = 0;
        static final int NAMEOFF = 8;
        static final int FILE_TYPE = 10;

        /** {@code EROFS_NAME_LEN}. */
        static final int LONGEST_NAME = 255;

        private Dirent() {}
    }

    /** {@code struct erofs_xattr_ibody_header} and {@code struct erofs_xattr_entry}. */
    static final class Xattr {
        static final int HEADER_SIZE = 12;
        static final int ENTRY_SIZE = 4;
        static final int ENTRY_NAME_LEN = 0;
        static final int ENTRY_NAME_INDEX = 1;
        static final int ENTRY_VALUE_SIZE = 2;
        static final int ALIGNMENT = 4;

        static final int INDEX_USER = 1;
        static final int INDEX_POSIX_ACL_ACCESS = 2;
        static final int INDEX_POSIX_ACL_DEFAULT = 3;
        static final int INDEX_TRUSTED = 4;
        static final int INDEX_SECURITY = 6;

        private Xattr() {}
    }

    /** {@code EROFS_CHUNK_FORMAT_*} and the block map of a chunk-based file. */
    static final class Chunk {
        static final int BLOCK_MAP_ENTRY_SIZE = 4;

        /** {@code EROFS_CHUNK_FORMAT_BLKBITS_MASK}: bits of a chunk's size beyond those of a block. */
        static final int MOST_BLKBITS = 31;

        private Chunk() {}
    }

    private ErofsLayout() {}

    /** How many blocks hold {@code bytes}. */
    static long blocks(long bytes) {
        return (bytes >>> BLOCK_BITS) + ((bytes & (BLOCK - 1)) == 0 ? 0 : 1);
    }
}
