package io.lighterage.blockdev.prefetch;

import io.lighterage.blockdev.device.BlockDevice;
import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMap.Extent;
import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches what a trace names of a device, in its order, ahead of the reads and less urgently than reads that wait. So
 * much is asked for at once that the link is full. What cannot be had is left to the reads.
 */
public final class TraceReplay {
    private static final Logger LOG = LoggerFactory.getLogger(TraceReplay.class);

    /** Bytes that may be asked for at once: much, so that hosts that start together find different chunks to fetch. */
    private static final int MOST_AHEAD = 64 << 20;

    /** Bytes of a run of chunks that is asked for in one. */
    private static final int LONGEST_RUN = 1 << 20;

    private final DeviceMap map;
    private final BlockDevice device;
    private final Map<Digest, Extent> extents = new HashMap<>();
    private final LongAdder fetched = new LongAdder();
    private final Semaphore ahead = new Semaphore(MOST_AHEAD);
    private final Set<Thread> fetching = ConcurrentHashMap.newKeySet();

    /** When a run of chunks was last whole, by {@link System#nanoTime}. */
    private volatile long lastFetchedNs = System.nanoTime();

    public TraceReplay(DeviceMap map, BlockDevice device) {
        this.map = map;
        this.device = device;
        // The metadata are not what a trace names.
        map.extents().stream().skip(1).forEach(extent -> extents.putIfAbsent(extent.blob().digest(), extent));
    }

    /** Bytes that it fetched. Any thread may ask. */
    public long fetchedBytes() {
        return fetched.sum();
    }

    /** Fetches along {@code trace}; returns when all is here or cannot be had. For one thread. */
    public void run(Trace trace) throws InterruptedException {
        List<Trace.Entry> entries = trace.entries();
        try {
            for (int first = 0; first < entries.size(); ) {
                int end = first + 1;
                Extent extent = extents.get(entries.get(first).blob());
                while (extent != null && end < entries.size() && follows(entries, first, end, extent)) {
                    end++;
                }
                if (extent != null) {
                    fetch(extent, entries.get(first).chunk(), end - first);
                }
                first = end;
            }
            ahead.acquire(MOST_AHEAD);
            ahead.release(MOST_AHEAD);
        } finally {
            fetching.forEach(Thread::interrupt);
        }
    }

    private static boolean follows(List<Trace.Entry> entries, int first, int at, Extent extent) {
        Trace.Entry before = entries.get(at - 1);
        Trace.Entry entry = entries.get(at);
        return entry.blob().equals(before.blob())
                && entry.chunk() == before.chunk() + 1
                && (at - first + 1L) * extent.blob().chunkLength() <= LONGEST_RUN;
    }

    private void fetch(Extent extent, int chunk, int count) throws InterruptedException {
        long length = extent.blob().chunkLength();
        long from = Math.max(extent.blobOffset(), chunk * length);
        long end = Math.min(extent.blobOffset() + extent.length(), (chunk + count) * length);
        if (from >= end) {
            return;
        }
        int share = (int) Math.min(end - from, MOST_AHEAD);
        ahead.acquire(share);
        Thread thread = Thread.ofVirtual()
                .name("trace-" + extent.blob().digest().hex().substring(0, 12) + "-" + chunk)
                .unstarted(() -> fetch(extent.deviceOffset() + from - extent.blobOffset(), end - from, share));
        fetching.add(thread);
        thread.start();
    }

    private void fetch(long offset, long length, int share) {
        try {
            while (!isFetched(offset, length)) {
                LOG.debug("{} bytes at {} of {} wait for others of the trace", length, offset, map.image());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            LOG.debug("{} bytes at {} of {} are left to the reads: {}", length, offset, map.image(), e.getMessage());
        } finally {
            fetching.remove(Thread.currentThread());
            ahead.release(share);
        }
    }

    /**
     * Fetches; {@code false} if the deadline of a read has passed and others of the trace came meanwhile: on a slow link all
     * of it takes longer.
     */
    private boolean isFetched(long offset, long length) throws IOException, InterruptedException {
        long begunNs = System.nanoTime();
        try {
            device.prefetch(offset, length, fetched::add);
        } catch (IOException e) {
            if (lastFetchedNs - begunNs < 0) {
                throw e;
            }
            return false;
        }
        lastFetchedNs = System.nanoTime();
        return true;
    }
}
