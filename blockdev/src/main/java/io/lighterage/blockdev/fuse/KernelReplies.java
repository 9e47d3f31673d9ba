package io.lighterage.blockdev.fuse;

import io.lighterage.blockdev.fuse.FuseFormat.OutHeader;
import io.lighterage.blockdev.linux.Channel;
import io.lighterage.blockdev.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes answers to the kernel, each in one call, straight from where its bytes are. */
final class KernelReplies implements Replies {
    private static final Logger log = LoggerFactory.getLogger(KernelReplies.class);

    private final int descriptor;
    private final Channel channel;
    private final MemorySegment header = Arena.ofAuto().allocate(OutHeader.SIZE, Long.BYTES);

    /** @param parts the most that {@link #data} is given */
    KernelReplies(int descriptor, int parts) {
        this.descriptor = descriptor;
        this.channel = new Channel(parts + 1);
    }

    @Override
    public void data(long unique, List<MemorySegment> parts) {
        long length = 0;
        for (MemorySegment part : parts) {
            length += part.byteSize();
        }
        send(unique, 0, length, parts);
    }

    @Override
    public void error(long unique, int errno) {
        send(unique, -errno, 0, List.of());
    }

    private void send(long unique, int error, long length, List<MemorySegment> parts) {
        header.set(FuseFormat.U32, OutHeader.LENGTH, (int) (OutHeader.SIZE + length));
        header.set(FuseFormat.U32, OutHeader.ERROR, error);
        header.set(FuseFormat.U64, OutHeader.UNIQUE, unique);
        long result = channel.write(descriptor, header, parts);
        if (result >= 0) {
            return;
        }
        // ENOENT: whoever asked was killed meanwhile. ENODEV, EPERM: the file system was unmounted.
        switch ((int) -result) {
            case Errno.ENOENT, Errno.ENODEV, Errno.EPERM ->
                log.debug("An answer came too late: {}", Errno.text((int) -result));
            // EFAULT: a view's file got shorter, or the disk failed; the kernel has answered EIO by itself.
            default -> log.warn("The kernel did not take an answer of {} bytes: {}", length, Errno.text((int) -result));
        }
    }
}
