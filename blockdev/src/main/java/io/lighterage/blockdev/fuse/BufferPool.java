package io.lighterage.blockdev.fuse;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Native buffers for reads that wait, of 4 KiB to 1 MiB by powers of two, with all that it takes to answer from one.
 * Those in use never exceed a limit; whoever wants one beyond it waits, first come first served. Idle ones are kept up
 * to a quarter of the limit.
 */
final class BufferPool {
    private static final int SMALLEST_SHIFT = 12;

    /** A buffer and the way to answer from it. {@link #close} gives it back. */
    final class Lease implements AutoCloseable {
        private final MemorySegment segment;
        private final Replies replies;

        private Lease(int size) {
            segment = Arena.ofAuto().allocate(size, Long.BYTES);
            replies = new KernelReplies(descriptor, 1);
        }

        MemorySegment segment() {
            return segment;
        }

        Replies replies() {
            return replies;
        }

        @Override
        public void close() {
            giveBack(this);
        }
    }

    private final int descriptor;
    private final Semaphore bytes;
    private final int mostIdle;
    private final AtomicInteger idleBytes = new AtomicInteger();
    private final List<Deque<Lease>> idle = Stream.generate(() -> (Deque<Lease>) new ConcurrentLinkedDeque<Lease>())
            .limit(shift(FuseSettings.MAX_READ) - SMALLEST_SHIFT + 1L).toList();

    /** @param limit bytes in use at a time, at least {@link FuseSettings#MAX_READ} */
    BufferPool(int descriptor, int limit) {
        this.descriptor = descriptor;
        this.bytes = new Semaphore(limit, true);
        this.mostIdle = limit / 4;
    }

    /** Waits for a buffer of at least {@code length} bytes, at most {@link FuseSettings#MAX_READ}. */
    Lease take(int length) throws InterruptedException {
        int shift = shift(length);
        bytes.acquire(1 << shift);
        Lease kept = idle.get(shift - SMALLEST_SHIFT).poll();
        if (kept != null) {
            idleBytes.addAndGet(-(1 << shift));
            return kept;
        }
        try {
            return new Lease(1 << shift);
        } catch (RuntimeException | Error failed) {
            bytes.release(1 << shift);
            throw failed;
        }
    }

    private void giveBack(Lease lease) {
        int size = (int) lease.segment.byteSize();
        if (idleBytes.addAndGet(size) <= mostIdle) {
            idle.get(shift(size) - SMALLEST_SHIFT).push(lease);
        } else {
            idleBytes.addAndGet(-size);
        }
        bytes.release(size);
    }

    private static int shift(int length) {
        return Math.max(SMALLEST_SHIFT, Integer.SIZE - Integer.numberOfLeadingZeros(length - 1));
    }
}
