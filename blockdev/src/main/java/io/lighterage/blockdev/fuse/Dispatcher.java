package io.lighterage.blockdev.fuse;

import io.lighterage.blockdev.device.BlockDevice;
import io.lighterage.blockdev.fuse.FuseFormat.InHeader;
import io.lighterage.blockdev.fuse.FuseFormat.InterruptIn;
import io.lighterage.blockdev.fuse.FuseFormat.Opcode;
import io.lighterage.blockdev.fuse.FuseFormat.OpenOut;
import io.lighterage.blockdev.fuse.FuseFormat.ReadIn;
import io.lighterage.blockdev.fuse.FuseFormat.Statfs;
import io.lighterage.blockdev.linux.Channel;
import io.lighterage.blockdev.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers requests: at once, or by handing a read to {@link SlowReads}. Whatever the bytes of a request are, it is
 * answered with an error at worst. One thread at a time uses an instance.
 */
final class Dispatcher {
    private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);
    private static final int SCRATCH = 64 << 10;

    private final FuseFiles files;
    private final SlowReads slow;
    private final Replies replies;
    /** Who waits for the request that is being handled. */
    private Reader reader = new Reader(0);

    private final MemorySegment scratch = Arena.ofAuto().allocate(SCRATCH, Long.BYTES);

    Dispatcher(FuseFiles files, SlowReads slow, Replies replies) {
        this.files = files;
        this.slow = slow;
        this.replies = replies;
    }

    /** Handles one request, header included, which may be malformed. */
    void handle(MemorySegment request) {
        if (request.byteSize() < InHeader.SIZE) {
            log.warn("A FUSE request of {} bytes has no header", request.byteSize());
            return;
        }
        long unique = request.get(FuseFormat.U64, InHeader.UNIQUE);
        int opcode = request.get(FuseFormat.U32, InHeader.OPCODE);
        if (request.get(FuseFormat.U32, InHeader.LENGTH) != request.byteSize()) {
            log.warn("FUSE request {} of {} bytes says that it has another length", opcode, request.byteSize());
            replies.error(unique, Errno.EINVAL);
            return;
        }
        try {
            reader = new Reader(request.get(FuseFormat.U32, InHeader.PID));
            dispatch(opcode, unique, request.get(FuseFormat.U64, InHeader.NODE_ID), request.asSlice(InHeader.SIZE));
        } catch (IndexOutOfBoundsException tooShort) {
            log.warn("FUSE request {} of {} bytes is too short", opcode, request.byteSize());
            replies.error(unique, Errno.EINVAL);
        }
    }

    private void dispatch(int opcode, long unique, long node, MemorySegment body) {
        switch (opcode) {
            case Opcode.READ -> read(unique, node, body);
            case Opcode.LOOKUP -> lookup(unique, node, body);
            case Opcode.GETATTR -> attributes(unique, node);
            case Opcode.OPEN -> open(unique, node);
            case Opcode.OPENDIR -> openRoot(unique, node);
            case Opcode.READDIR -> list(unique, node, body, false);
            case Opcode.READDIRPLUS -> list(unique, node, body, true);
            case Opcode.STATFS -> statfs(unique);
            case Opcode.INIT -> init(unique, body);
            case Opcode.INTERRUPT -> interrupt(unique, body);
            case Opcode.RELEASE, Opcode.RELEASEDIR, Opcode.DESTROY -> replies.data(unique, List.of());
            case Opcode.FORGET, Opcode.BATCH_FORGET -> { } // No answer is wanted, and nothing is kept for a node.
            default -> replies.error(unique, Errno.ENOSYS);
        }
    }

    private void init(long unique, MemorySegment body) {
        MemorySegment answer = Handshake.answer(body, scratch);
        if (answer == null) {
            replies.error(unique, Errno.EINVAL);
        } else {
            replies.data(unique, List.of(answer));
        }
    }

    private void lookup(long unique, long node, MemorySegment body) {
        FuseFile file = node == FuseFormat.ROOT_ID ? files.byName(name(body)) : null;
        if (file == null) {
            replies.error(unique, node == FuseFormat.ROOT_ID ? Errno.ENOENT : Errno.ENOTDIR);
        } else {
            replies.data(unique, List.of(Attributes.entry(scratch, file)));
        }
    }

    /** The bytes up to the zero that ends them. */
    private static String name(MemorySegment body) {
        int end = 0;
        while (body.get(ValueLayout.JAVA_BYTE, end) != 0) {
            end++;
        }
        byte[] bytes = new byte[end];
        MemorySegment.copy(body, 0, MemorySegment.ofArray(bytes), 0, end);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private void attributes(long unique, long node) {
        FuseFile file = files.byNode(node);
        if (file == null && node != FuseFormat.ROOT_ID) {
            replies.error(unique, Errno.ENOENT);
        } else {
            replies.data(unique, List.of(Attributes.attributes(scratch, file)));
        }
    }

    private void open(long unique, long node) {
        if (files.byNode(node) == null) {
            replies.error(unique, node == FuseFormat.ROOT_ID ? Errno.EISDIR : Errno.ENOENT);
        } else {
            opened(unique, node, OpenOut.DIRECT_IO | OpenOut.NOFLUSH);
        }
    }

    private void openRoot(long unique, long node) {
        if (node == FuseFormat.ROOT_ID) {
            opened(unique, node, 0);
        } else {
            replies.error(unique, Errno.ENOTDIR);
        }
    }

    /** The handle is the node id: one that an earlier server gave is as good. */
    private void opened(long unique, long node, int flags) {
        MemorySegment out = scratch.asSlice(0, OpenOut.SIZE).fill((byte) 0);
        out.set(FuseFormat.U64, OpenOut.FH, node);
        out.set(FuseFormat.U32, OpenOut.OPEN_FLAGS, flags);
        replies.data(unique, List.of(out));
    }

    private void list(long unique, long node, MemorySegment body, boolean plus) {
        long offset = body.get(FuseFormat.U64, ReadIn.OFFSET);
        int size = body.get(FuseFormat.U32, ReadIn.LENGTH);
        if (node != FuseFormat.ROOT_ID) {
            replies.error(unique, Errno.ENOTDIR);
        } else if (offset < 0 || size < 0) {
            replies.error(unique, Errno.EINVAL);
        } else {
            replies.data(
                    unique, List.of(Listing.fill(scratch.asSlice(0, Math.min(size, SCRATCH)), files, offset, plus)));
        }
    }

    private void statfs(long unique) {
        long bytes = files.all().stream().mapToLong(FuseFile::length).sum();
        int block = 4096;
        MemorySegment out = scratch.asSlice(0, Statfs.SIZE).fill((byte) 0);
        out.set(FuseFormat.U64, Statfs.BLOCKS, bytes / block);
        out.set(FuseFormat.U64, Statfs.FILES, files.all().size());
        out.set(FuseFormat.U32, Statfs.BSIZE, block);
        out.set(FuseFormat.U32, Statfs.NAMELEN, 255);
        out.set(FuseFormat.U32, Statfs.FRSIZE, block);
        replies.data(unique, List.of(out));
    }

    private void interrupt(long unique, MemorySegment body) {
        if (!slow.interrupt(body.get(FuseFormat.U64, InterruptIn.UNIQUE))) {
            // Not known yet, or answered. The kernel asks again as long as its request is open.
            replies.error(unique, Errno.EAGAIN);
        }
    }

    private void read(long unique, long node, MemorySegment body) {
        long offset = body.get(FuseFormat.U64, ReadIn.OFFSET);
        int size = body.get(FuseFormat.U32, ReadIn.LENGTH);
        FuseFile file = files.byNode(node);
        if (file == null) {
            replies.error(unique, Errno.EIO);
        } else if (offset < 0 || size < 0 || size > FuseSettings.MAX_READ) {
            replies.error(unique, Errno.EINVAL);
        } else if (size == 0 || offset >= file.length()) {
            replies.data(unique, List.of());
        } else {
            read(file, unique, offset, (int) Math.min(size, file.length() - offset));
        }
    }

    private void read(FuseFile file, long unique, long offset, int length) {
        BlockDevice device = file.device().getNow(null);
        if (device == null) {
            slow.start(file, unique, reader, offset, length);
        } else if (!file.uses().enter()) {
            replies.error(unique, Errno.EIO);
        } else {
            try {
                List<MemorySegment> views = device.present(offset, length);
                if (views == null || views.size() >= Channel.MAX_PARTS) {
                    slow.start(file, unique, reader, offset, length);
                } else {
                    replies.data(unique, views);
                }
            } catch (RuntimeException failed) {
                log.warn("A read of {} bytes at {} of {} failed", length, offset, file.name(), failed);
                replies.error(unique, Errno.EIO);
            } finally {
                file.uses().leave();
            }
        }
    }
}
