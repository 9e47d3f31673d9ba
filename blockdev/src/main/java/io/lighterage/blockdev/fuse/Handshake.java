package io.lighterage.blockdev.fuse;

import io.lighterage.blockdev.fuse.FuseFormat.Flag;
import io.lighterage.blockdev.fuse.FuseFormat.InitIn;
import io.lighterage.blockdev.fuse.FuseFormat.InitOut;
import java.lang.foreign.MemorySegment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is agreed with the kernel at INIT. */
final class Handshake {
    private static final Logger log = LoggerFactory.getLogger(Handshake.class);

    private static final long WANTED = Flag.ASYNC_READ | Flag.PARALLEL_DIROPS | Flag.MAX_PAGES | Flag.DO_READDIRPLUS
            | Flag.READDIRPLUS_AUTO | Flag.DIRECT_IO_ALLOW_MMAP | Flag.INIT_EXT;
    /** Reads that may wait at a time; any more would hold up the reads of present bytes too. */
    private static final short MAX_BACKGROUND = 1024;
    private static final short CONGESTION_THRESHOLD = 768;
    private static final short MAX_PAGES = 256;
    /** The least that the kernel allows; nothing is ever written. */
    private static final int MAX_WRITE = 4096;

    private Handshake() {}

    /** The answer, in {@code scratch}; null if there is none to a kernel like that. */
    static MemorySegment answer(MemorySegment body, MemorySegment scratch) {
        int major = body.get(FuseFormat.U32, InitIn.MAJOR);
        int minor = body.get(FuseFormat.U32, InitIn.MINOR);
        if (major < FuseFormat.MAJOR || major == FuseFormat.MAJOR && minor < FuseFormat.OLDEST_MINOR) {
            log.error(
                    "The kernel speaks FUSE {}.{}; {}.{} is the oldest that is served (Linux 5.4)",
                    major,
                    minor,
                    FuseFormat.MAJOR,
                    FuseFormat.OLDEST_MINOR);
            return null;
        }
        MemorySegment out = scratch.asSlice(0, InitOut.SIZE).fill((byte) 0);
        out.set(FuseFormat.U32, InitOut.MAJOR, FuseFormat.MAJOR);
        out.set(FuseFormat.U32, InitOut.MINOR, FuseFormat.MINOR);
        if (major > FuseFormat.MAJOR) {
            // The kernel then asks again, in our version.
            return out;
        }
        long offered = Integer.toUnsignedLong(body.get(FuseFormat.U32, InitIn.FLAGS));
        if ((offered & Flag.INIT_EXT) != 0 && body.byteSize() > InitIn.SHORT_SIZE) {
            offered |= (long) body.get(FuseFormat.U32, InitIn.FLAGS2) << Integer.SIZE;
        }
        long agreed = offered & WANTED;
        out.set(FuseFormat.U32, InitOut.MAX_READAHEAD, body.get(FuseFormat.U32, InitIn.MAX_READAHEAD));
        out.set(FuseFormat.U32, InitOut.FLAGS, (int) agreed);
        out.set(FuseFormat.U32, InitOut.FLAGS2, (int) (agreed >>> Integer.SIZE));
        out.set(FuseFormat.U16, InitOut.MAX_BACKGROUND, MAX_BACKGROUND);
        out.set(FuseFormat.U16, InitOut.CONGESTION_THRESHOLD, CONGESTION_THRESHOLD);
        out.set(FuseFormat.U32, InitOut.MAX_WRITE, MAX_WRITE);
        out.set(FuseFormat.U32, InitOut.TIME_GRAN, 1);
        out.set(FuseFormat.U16, InitOut.MAX_PAGES, MAX_PAGES);
        log.debug("FUSE {}.{} begins with flags {}", major, minor, Long.toHexString(agreed));
        return out;
    }
}
