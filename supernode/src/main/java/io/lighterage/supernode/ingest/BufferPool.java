package io.lighterage.supernode.ingest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The memory of ingest, given out as buffers of a chunk each. On the heap, where hashing needs no copy.
 * Guarded by its lock.
 */
final class BufferPool {
    private static final long LONGEST_WAIT_NS = TimeUnit.MINUTES.toNanos(5);

    private final ReentrantLock lock = new ReentrantLock(true);
    private final Condition returned = lock.newCondition();
    private final ArrayDeque<ByteBuffer> idle = new ArrayDeque<>();
    private final long bytes;
    private long inUse;

    BufferPool(long bytes) {
        this.bytes = bytes;
    }

    /**
     * An empty buffer of exactly {@code length} bytes' capacity, which must be at most the whole pool.
     *
     * @throws IOException if none came free for five minutes
     */
    ByteBuffer take(int length) throws IOException, InterruptedException {
        lock.lockInterruptibly();
        try {
            long waitNs = LONGEST_WAIT_NS;
            while (inUse + length > bytes) {
                if (waitNs <= 0) {
                    throw new IOException(
                            "no memory for a chunk came free for 5 minutes, " + inUse + " bytes are in use");
                }
                waitNs = returned.awaitNanos(waitNs);
            }
            inUse += length;
            return reuse(length);
        } finally {
            lock.unlock();
        }
    }

    private ByteBuffer reuse(int length) {
        ByteBuffer buffer = idle.poll();
        // Blobs of other chunk lengths are rare: their buffers are let go.
        return buffer != null && buffer.capacity() == length ? buffer.clear() : ByteBuffer.allocate(length);
    }

    void giveBack(ByteBuffer buffer) {
        lock.lock();
        try {
            inUse -= buffer.capacity();
            idle.push(buffer);
            returned.signalAll();
        } finally {
            lock.unlock();
        }
    }

    long inUse() {
        lock.lock();
        try {
            return inUse;
        } finally {
            lock.unlock();
        }
    }
}
