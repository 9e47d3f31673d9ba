package io.lighterage.blockdev.fuse;

import java.lang.foreign.ValueLayout;

/**
 * Offsets and numbers of the FUSE protocol, version 7, in host byte order: include/uapi/linux/fuse.h of Linux. Each
 * class is the structure of that name; offsets count from its begin.
 */
final class FuseFormat {
    static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
    static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;

    static final int MAJOR = 7;
    static final int MINOR = 41;
    /** The first minor version whose structures have the sizes that stand here. */
    static final int OLDEST_MINOR = 31;
    static final long ROOT_ID = 1;

    private FuseFormat() {}

    /** enum fuse_opcode: those that get another answer than ENOSYS. */
    static final class Opcode {
        static final int LOOKUP = 1;
        static final int FORGET = 2;
        static final int GETATTR = 3;
        static final int OPEN = 14;
        static final int READ = 15;
        static final int STATFS = 17;
        static final int RELEASE = 18;
        static final int INIT = 26;
        static final int OPENDIR = 27;
        static final int READDIR = 28;
        static final int RELEASEDIR = 29;
        static final int INTERRUPT = 36;
        static final int DESTROY = 38;
        static final int BATCH_FORGET = 42;
        static final int READDIRPLUS = 44;

        private Opcode() {}
    }

    /** Flags of INIT; from bit 32 on they stand in flags2. */
    static final class Flag {
        static final long ASYNC_READ = 1L;
        static final long DO_READDIRPLUS = 1L << 13;
        static final long READDIRPLUS_AUTO = 1L << 14;
        static final long PARALLEL_DIROPS = 1L << 18;
        static final long MAX_PAGES = 1L << 22;
        static final long INIT_EXT = 1L << 30;
        static final long DIRECT_IO_ALLOW_MMAP = 1L << 36;

        private Flag() {}
    }

    /** struct fuse_in_header. */
    static final class InHeader {
        static final long LENGTH = 0;
        static final long OPCODE = 4;
        static final long UNIQUE = 8;
        static final long NODE_ID = 16;
        static final long PID = 32;
        static final long SIZE = 40;

        private InHeader() {}
    }

    /** struct fuse_out_header. */
    static final class OutHeader {
        static final long LENGTH = 0;
        static final long ERROR = 4;
        static final long UNIQUE = 8;
        static final long SIZE = 16;

        private OutHeader() {}
    }

    /** struct fuse_init_in. */
    static final class InitIn {
        static final long MAJOR = 0;
        static final long MINOR = 4;
        static final long MAX_READAHEAD = 8;
        static final long FLAGS = 12;
        static final long FLAGS2 = 16;
        /** Its size before flags2 was there. */
        static final long SHORT_SIZE = 16;

        private InitIn() {}
    }

    /** struct fuse_init_out. */
    static final class InitOut {
        static final long MAJOR = 0;
        static final long MINOR = 4;
        static final long MAX_READAHEAD = 8;
        static final long FLAGS = 12;
        static final long MAX_BACKGROUND = 16;
        static final long CONGESTION_THRESHOLD = 18;
        static final long MAX_WRITE = 20;
        static final long TIME_GRAN = 24;
        static final long MAX_PAGES = 28;
        static final long FLAGS2 = 32;
        static final long SIZE = 64;

        private InitOut() {}
    }

    /** struct fuse_attr. */
    static final class Attr {
        static final long INO = 0;
        static final long SIZE_BYTES = 8;
        static final long BLOCKS = 16;
        static final long MODE = 60;
        static final long NLINK = 64;
        static final long BLKSIZE = 80;
        static final long SIZE = 88;

        private Attr() {}
    }

    /** struct fuse_entry_out. */
    static final class EntryOut {
        static final long NODE_ID = 0;
        static final long ENTRY_VALID = 16;
        static final long ATTR_VALID = 24;
        static final long ATTR = 40;
        static final long SIZE = ATTR + FuseFormat.Attr.SIZE;

        private EntryOut() {}
    }

    /** struct fuse_attr_out. */
    static final class AttrOut {
        static final long ATTR_VALID = 0;
        static final long ATTR = 16;
        static final long SIZE = ATTR + FuseFormat.Attr.SIZE;

        private AttrOut() {}
    }

    /** struct fuse_open_out. */
    static final class OpenOut {
        static final long FH = 0;
        static final long OPEN_FLAGS = 8;
        static final long SIZE = 16;
        /** FOPEN_DIRECT_IO: no page cache of its own, the EROFS above has one. */
        static final int DIRECT_IO = 1;
        /** FOPEN_NOFLUSH: no request when a descriptor is closed, which would wait while no server is there. */
        static final int NOFLUSH = 1 << 5;

        private OpenOut() {}
    }

    /** struct fuse_read_in, of READ, READDIR and READDIRPLUS. */
    static final class ReadIn {
        static final long OFFSET = 8;
        static final long LENGTH = 16;
        static final long SIZE = 40;

        private ReadIn() {}
    }

    /** struct fuse_interrupt_in. */
    static final class InterruptIn {
        static final long UNIQUE = 0;
        static final long SIZE = 8;

        private InterruptIn() {}
    }

    /** struct fuse_kstatfs. */
    static final class Statfs {
        static final long BLOCKS = 0;
        static final long FILES = 24;
        static final long BSIZE = 40;
        static final long NAMELEN = 44;
        static final long FRSIZE = 48;
        static final long SIZE = 80;

        private Statfs() {}
    }

    /**
     * struct fuse_dirent; the name follows it, filled up with zeros to 8 bytes. In READDIRPLUS a fuse_entry_out
     * precedes.
     */
    static final class Dirent {
        static final long INO = 0;
        static final long OFF = 8;
        static final long NAMELEN = 16;
        static final long TYPE = 20;
        static final long NAME = 24;
        static final int DT_DIR = 4;
        static final int DT_REG = 8;

        /** Bytes of an entry with a name of that many bytes. */
        static long size(int nameLength) {
            return NAME + nameLength + 7 & ~7L;
        }

        private Dirent() {}
    }

    /** A message from the server that answers nothing: unique 0, and the code in the place of the error. */
    static final class Notify {
        /** FUSE_NOTIFY_RESEND: send again every request that was read and not answered. Linux 6.9. */
        static final int RESEND = 7;

        private Notify() {}
    }
}
