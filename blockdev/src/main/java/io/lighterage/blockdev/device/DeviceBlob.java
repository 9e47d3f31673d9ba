package io.lighterage.blockdev.device;

import io.lighterage.blockdev.image.DeviceMap.Extent;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.exchange.BlobUnavailableException;
import io.lighterage.peer.store.StoredBlob;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.BitSet;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A blob as a device reads it. Not a byte of it is read before its table is known to be the one that the device map
 * names; then it is mapped, and mapped anew if it was withdrawn and is fetched again.
 */
final class DeviceBlob {
    private static final Logger LOG = LoggerFactory.getLogger(DeviceBlob.class);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final BlobInfo info;
    private final Digest table;
    private final DeviceParts parts;

    /** Held while the blob is looked for and mapped, which may take as long as a read. */
    private final ReentrantLock finding = new ReentrantLock();

    /** Null until the blob is here and its table trusted; written under {@link #finding}. */
    private volatile Mapping mapping;

    private final AtomicLong lookedNs = new AtomicLong(System.nanoTime() - LOOK_NS);

    /** Chunks that were asked for through this device, for whatever reason; guarded by itself. */
    private final BitSet askedFor = new BitSet();

    DeviceBlob(Extent extent, DeviceParts parts) {
        this.info = extent.blob();
        this.table = extent.table();
        this.parts = parts;
    }

    BlobInfo info() {
        return info;
    }

    /** The bytes of the range, or null if any is missing. Does not wait. */
    MemorySegment view(long offset, long length) {
        Mapping here = current();
        return here == null ? null : here.view(offset, length);
    }

    /** Whether chunk {@code index} is here. Does not wait. */
    boolean has(int index) {
        Mapping here = current();
        return here != null && here.has(index);
    }

    private Mapping current() {
        Mapping here = mapping;
        if (here != null && !here.isStale()) {
            return here;
        }
        // Others may fetch the blob too: look from time to time, but not on the thread that asks.
        long beforeNs = lookedNs.get();
        long nowNs = System.nanoTime();
        if (nowNs - beforeNs > LOOK_NS && lookedNs.compareAndSet(beforeNs, nowNs)) {
            parts.tasks().start("look-" + info.digest().hex().substring(0, 12), this::look);
        }
        return null;
    }

    /** Maps the blob if it is here and trusted, without asking anybody; leaves it to whoever is at that already. */
    void look() {
        if (!finding.tryLock()) {
            return;
        }
        try {
            findHere();
        } catch (IOException | RuntimeException e) {
            LOG.warn("blob {} of a device cannot be used: {}", info.digest(), e.getMessage());
        } finally {
            finding.unlock();
        }
    }

    /** Called under {@link #finding}. Answers whether the blob is mapped. */
    private boolean findHere() throws IOException {
        if (mapping != null && !mapping.isStale()) {
            return true;
        }
        Optional<StoredBlob> stored = parts.store().find(info.digest());
        if (stored.isEmpty() || !isTrusted(stored.get())) {
            return false;
        }
        stored.get().touch();
        mapping = Mapping.of(stored.get(), parts.arena());
        return true;
    }

    private boolean isTrusted(StoredBlob stored) throws IOException {
        if (!stored.info().equals(info)) {
            return false;
        }
        if (!stored.isVerified()) {
            if (!stored.table().isComplete() || !stored.table().digest().equals(table)) {
                return false;
            }
            stored.setVerified();
        }
        return true;
    }

    /** Sees to it that the blob is mapped. */
    private void find(long deadlineNs) throws IOException, InterruptedException {
        if (!finding.tryLock(deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            throw new BlobUnavailableException("blob " + info.digest() + " could not be found in time");
        }
        try {
            if (!findHere()) {
                parts.exchange().trust(info, table, parts.source(), left(deadlineNs));
                if (!findHere()) {
                    throw new BlobUnavailableException(
                            "blob " + info.digest() + " does not have the table that its device map names");
                }
            }
        } finally {
            finding.unlock();
        }
    }

    /**
     * Fetches the chunks that hold the range; they are here when this returns.
     *
     * @param deadlineNs by {@link System#nanoTime}
     * @param asked is told the bytes of those that are missing and asked for here for the first time
     * @throws IOException if they could not be had by the deadline, or the blob is refused
     */
    void fetch(ByteRange range, Priority priority, long deadlineNs, LongConsumer asked)
            throws IOException, InterruptedException {
        find(deadlineNs);
        int first = info.chunkAt(range.offset());
        int end = info.chunkAt(range.end() - 1) + 1;
        for (int index = first; index < end; ) {
            int run = index;
            while (run < end && !has(run)) {
                run++;
            }
            if (run > index) {
                asked.accept(ask(index, run));
                long from = info.offsetOf(index);
                long to = info.offsetOf(run - 1) + info.lengthOf(run - 1);
                parts.exchange()
                        .read(info.digest(), new ByteRange(from, to - from), parts.source(), priority, left(deadlineNs))
                        .close();
            }
            index = run + 1;
        }
    }

    /** Counts what is asked for here: the bytes of those chunks of which nobody has asked for before. */
    private long ask(int first, int end) {
        long bytes = 0;
        synchronized (askedFor) {
            for (int index = first; index < end; index++) {
                if (!askedFor.get(index)) {
                    askedFor.set(index);
                    bytes += info.lengthOf(index);
                }
            }
        }
        return bytes;
    }

    private static Duration left(long deadlineNs) {
        return Duration.ofNanos(Math.max(1, deadlineNs - System.nanoTime()));
    }
}
