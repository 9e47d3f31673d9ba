package io.lighterage.blockdev.linux;

import static io.lighterage.blockdev.linux.Native.INT;
import static io.lighterage.blockdev.linux.Native.LONG;
import static io.lighterage.blockdev.linux.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;

/**
 * What one thread at a time needs to read from and write to a descriptor without allocating: a place for errno and one
 * for the list of what to write. Failures are results, the negative of an {@link Errno}, for they are part of the
 * traffic.
 */
public final class Channel {
    /** The most parts that one write takes: IOV_MAX of the kernel. */
    public static final int MAX_PARTS = 1024;

    /** struct iovec: address and length. */
    private static final long IOVEC = 16;
    private static final MethodHandle READ = Native.function("read", LONG, INT, POINTER, LONG);
    private static final MethodHandle WRITEV = Native.function("writev", LONG, INT, POINTER, INT);

    private final MemorySegment state;
    private final MemorySegment parts;

    /** @param most parts of one write, at most {@link #MAX_PARTS} */
    public Channel(int most) {
        state = Arena.ofAuto().allocate(Native.STATE);
        parts = Arena.ofAuto().allocate(most * IOVEC, Long.BYTES);
    }

    /** The parts that one write can take. */
    public int most() {
        return (int) (parts.byteSize() / IOVEC);
    }

    /** read(2) into {@code buffer}: how many bytes, or the negative error. */
    public long read(int descriptor, MemorySegment buffer) {
        try {
            long count = (long) READ.invokeExact(state, descriptor, buffer, buffer.byteSize());
            return count < 0 ? -Native.errno(state) : count;
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    /**
     * writev(2) of {@code head} and then {@code rest}, not more parts than {@link #most}: the bytes, or the negative
     * error.
     */
    public long write(int descriptor, MemorySegment head, List<MemorySegment> rest) {
        part(0, head);
        int count = 1;
        for (MemorySegment segment : rest) {
            part(count++, segment);
        }
        try {
            long written = (long) WRITEV.invokeExact(state, descriptor, parts, count);
            return written < 0 ? -Native.errno(state) : written;
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    private void part(int index, MemorySegment segment) {
        parts.set(ValueLayout.JAVA_LONG, index * IOVEC, segment.address());
        parts.set(ValueLayout.JAVA_LONG, index * IOVEC + Long.BYTES, segment.byteSize());
    }
}
