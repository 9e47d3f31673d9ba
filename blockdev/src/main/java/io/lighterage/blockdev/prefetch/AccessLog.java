package io.lighterage.blockdev.prefetch;

import io.lighterage.blockdev.device.ReadWatcher;
import io.lighterage.blockdev.image.DeviceMap;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What was read of a device: which of its data, where last, whether reads wait for much, and, while a container starts,
 * in which order. Prefetch and background pull never come here, for they do not read the device. Safe for use by
 * several threads; a read of what was read before costs no lock.
 */
public final class AccessLog implements ReadWatcher {
    /** Bytes of a region: what was read lately is known by region. */
    static final long REGION = 4L << 20;

    /** So long after a read had to wait, another one may follow. */
    private static final long QUIET_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final int BLOCK = DeviceMap.BLOCK;

    private final DeviceChunks chunks;
    private final long metadata;

    /** A bit for each block of the device that was read. */
    private final AtomicLongArray blocks;

    private final LongAdder needed = new LongAdder();

    /**
     * For each region of the device the count of {@link #reads} when something new was read of it; 0 if nothing was.
     */
    private final AtomicLongArray touched;

    private final AtomicLong reads = new AtomicLong();
    private final LongAdder waited = new LongAdder();
    private volatile long waitedNs = System.nanoTime() - QUIET_NS;

    /** Guards which recording runs. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Null while none runs. */
    private volatile Recording recording;

    public AccessLog(DeviceMap map) {
        this.chunks = new DeviceChunks(map);
        this.metadata = map.metadata().length();
        this.blocks = new AtomicLongArray(Math.toIntExact((map.length() / BLOCK + Long.SIZE - 1) / Long.SIZE));
        this.touched = new AtomicLongArray(Math.toIntExact((map.length() + REGION - 1) / REGION));
    }

    @Override
    public void read(long offset, long length, boolean here) {
        long from = Math.max(offset, metadata);
        long end = offset + length;
        if (!here) {
            waited.add(length);
            waitedNs = System.nanoTime();
        }
        if (from >= end) {
            return;
        }
        if (mark(from / BLOCK, (end - 1) / BLOCK)) {
            long now = reads.incrementAndGet();
            for (long region = from / REGION; region <= (end - 1) / REGION; region++) {
                touched.set((int) region, now);
            }
        }
        Recording running = recording;
        if (running != null) {
            running.read(chunks.at(from), chunks.at(end - 1), System.nanoTime());
        }
    }

    /** Answers whether any of the blocks was not read before. */
    private boolean mark(long first, long last) {
        boolean any = false;
        for (long word = first / Long.SIZE; word <= last / Long.SIZE; word++) {
            long low = word == first / Long.SIZE ? -1L << first % Long.SIZE : -1L;
            long high = word == last / Long.SIZE ? -1L >>> (Long.SIZE - 1 - last % Long.SIZE) : -1L;
            long bits = low & high;
            if ((blocks.get((int) word) & bits) != bits) {
                long before = blocks.getAndAccumulate((int) word, bits, (old, more) -> old | more);
                needed.add((long) Long.bitCount(bits & ~before) * BLOCK);
                any = true;
            }
        }
        return any;
    }

    /** Distinct bytes of the device's data that were read. */
    public long neededBytes() {
        return needed.sum();
    }

    /** Bytes of reads that had to wait. */
    public long waitedBytes() {
        return waited.sum();
    }

    /** Whether a read had to wait just now, so that it is likely that more will. */
    public boolean isBusy(long nowNs) {
        return nowNs - waitedNs < QUIET_NS;
    }

    /** When a region was last touched, as a count that grows with each new touch; 0 if never. */
    long touched(int region) {
        return touched.get(region);
    }

    /**
     * Begins to record, with the next read, unless it records already.
     *
     * @param whole whether who reads from now on has seen nothing of the device yet
     */
    public void record(boolean whole) {
        lock.lock();
        try {
            if (recording == null) {
                recording = new Recording(chunks, whole);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * The trace, if one was recorded and has ended; it is given once.
     *
     * @param close whether a recording that runs ends now
     */
    public Optional<Trace> take(boolean close, long nowNs) {
        lock.lock();
        try {
            Recording running = recording;
            if (running == null || !close && !running.isOver(nowNs)) {
                return Optional.empty();
            }
            recording = null;
            return Optional.of(running.trace()).filter(trace -> !trace.entries().isEmpty());
        } finally {
            lock.unlock();
        }
    }
}
