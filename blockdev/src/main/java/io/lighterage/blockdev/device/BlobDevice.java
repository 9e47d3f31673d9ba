package io.lighterage.blockdev.device;

import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMap.Extent;
import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A device over the blobs of its map. */
final class BlobDevice implements BlockDevice {
    private static final Logger LOG = LoggerFactory.getLogger(BlobDevice.class);

    /** What fails with less than this left has failed for want of time. */
    private static final long LATE_NS = TimeUnit.MILLISECONDS.toNanos(10);

    /** A part of a range of the device that lies in one blob. */
    private record Piece(DeviceBlob blob, long offset, long length) {}

    private interface PieceAction {
        /** Answers whether to go on to the next piece. */
        boolean take(Piece piece);
    }

    private final DeviceMap map;
    private final DeviceParts parts;
    private final Flights flights;
    private final ReadAhead readAhead;
    private final ReadWatcher watcher;

    /** The blob of each extent; extents of one blob share it. */
    private final List<DeviceBlob> blobs;

    private final LongAdder readBytes = new LongAdder();
    private final AtomicInteger waiting = new AtomicInteger();

    /** Held for reading while mapped bytes are copied, for writing when they are unmapped. */
    private final ReentrantReadWriteLock mapped = new ReentrantReadWriteLock();

    private volatile boolean closed;

    BlobDevice(DeviceMap map, DeviceParts parts, ReadWatcher watcher) {
        this.map = map;
        this.parts = parts;
        this.watcher = watcher;
        this.flights = new Flights(parts.tasks(), parts.demandedBytes());
        // Metadata are not followed by what is read next, nor is one layer's data by another's.
        this.readAhead = new ReadAhead(
                offset -> map.extents().get(map.extentAt(offset)).end(),
                parts.config().mostReadAhead(),
                this::readAhead);
        Map<Digest, DeviceBlob> byDigest = new HashMap<>();
        this.blobs = map.extents().stream()
                .map(e -> byDigest.computeIfAbsent(e.blob().digest(), d -> new DeviceBlob(e, parts)))
                .toList();
        byDigest.values().forEach(DeviceBlob::look);
    }

    @Override
    public long length() {
        return map.length();
    }

    @Override
    public void read(long offset, ByteBuffer target) throws IOException, InterruptedException {
        int length = target.remaining();
        checkRange(offset, length);
        if (length == 0) {
            return;
        }
        copy(awaitViews(offset, length), target);
        readBytes.add(length);
    }

    @Override
    public void await(long offset, int length) throws IOException, InterruptedException {
        checkRange(offset, length);
        if (length > 0) {
            awaitViews(offset, length);
        }
    }

    @Override
    public List<MemorySegment> present(long offset, int length) {
        checkRange(offset, length);
        if (length == 0) {
            return List.of();
        }
        List<MemorySegment> views = closed ? null : views(offset, length);
        if (views != null) {
            readBytes.add(length);
            reading(offset, length, true);
        }
        return views;
    }

    private void reading(long offset, int length, boolean here) {
        readAhead.read(offset, length, here);
        watcher.read(offset, length, here);
    }

    /** The views of the range, once all of it is here. */
    private List<MemorySegment> awaitViews(long offset, int length) throws IOException, InterruptedException {
        checkOpen();
        List<MemorySegment> views = views(offset, length);
        reading(offset, length, views != null);
        if (views != null) {
            return views;
        }
        waiting.incrementAndGet();
        try {
            return awaitWhileComing(offset, length);
        } finally {
            waiting.decrementAndGet();
        }
    }

    /** Each deadline is followed by another as long as the range {@linkplain #isComing is coming}. */
    private List<MemorySegment> awaitWhileComing(long offset, int length) throws IOException, InterruptedException {
        while (true) {
            long deadlineNs = System.nanoTime() + parts.config().readDeadline().toNanos();
            try {
                return awaitViews(offset, length, deadlineNs);
            } catch (IOException e) {
                if (closed || deadlineNs - System.nanoTime() > LATE_NS || !isComing(offset, length)) {
                    throw e;
                }
                LOG.debug("{} takes longer: what it is made of is still coming", name(offset, length));
            }
        }
    }

    private List<MemorySegment> awaitViews(long offset, int length, long deadlineNs)
            throws IOException, InterruptedException {
        do {
            fetch(offset, length, deadlineNs);
            List<MemorySegment> views = views(offset, length);
            if (views != null) {
                return views;
            }
            // A blob was withdrawn just when it was here.
        } while (System.nanoTime() < deadlineNs);
        throw new IOException(name(offset, length) + " was withdrawn as often as it came");
    }

    /** Whether all of the range is here, or being made of what got on within the last deadline. */
    private boolean isComing(long offset, int length) {
        return eachPiece(offset, length, piece -> piece.blob.view(piece.offset, piece.length) != null
                || parts.exchange().isAdvancing(piece.blob.info().digest(), parts.config().readDeadline()));
    }

    private List<MemorySegment> views(long offset, int length) {
        int index = map.extentAt(offset);
        Extent extent = map.extents().get(index);
        if (offset + length <= extent.end()) {
            MemorySegment view = blobs.get(index).view(extent.blobOffset() + offset - extent.deviceOffset(), length);
            return view == null ? null : List.of(view);
        }
        List<MemorySegment> views = new ArrayList<>();
        boolean all = eachPiece(offset, length, piece -> {
            MemorySegment view = piece.blob.view(piece.offset, piece.length);
            if (view != null) {
                views.add(view);
            }
            return view != null;
        });
        return all ? views : null;
    }

    /** Answers whether every piece was taken. */
    private boolean eachPiece(long offset, long length, PieceAction action) {
        long end = offset + length;
        int index = map.extentAt(offset);
        for (long at = offset; at < end; index++) {
            Extent extent = map.extents().get(index);
            long until = Math.min(end, extent.end());
            if (!action.take(
                    new Piece(blobs.get(index), extent.blobOffset() + at - extent.deviceOffset(), until - at))) {
                return false;
            }
            at = until;
        }
        return true;
    }

    /** Has every missing chunk of the range fetched, and waits for all. */
    private void fetch(long offset, long length, long deadlineNs) throws IOException, InterruptedException {
        List<Missing> missing = new ArrayList<>();
        eachPiece(offset, length, piece -> {
            int last = piece.blob.info().chunkAt(piece.offset + piece.length - 1);
            for (int chunk = piece.blob.info().chunkAt(piece.offset); chunk <= last; chunk++) {
                if (!piece.blob.has(chunk)) {
                    missing.add(new Missing(piece.blob, chunk, flights.join(piece.blob, chunk, deadlineNs)));
                }
            }
            return true;
        });
        for (Missing chunk : missing) {
            await(chunk, offset, length, deadlineNs);
        }
    }

    private record Missing(DeviceBlob blob, int chunk, Flights.Flight flight) {}

    private void await(Missing missing, long offset, long length, long deadlineNs)
            throws IOException, InterruptedException {
        Flights.Flight flight = missing.flight;
        while (true) {
            try {
                checkOpen();
                flight.landed().get(Math.max(1, deadlineNs - System.nanoTime()), TimeUnit.NANOSECONDS);
                return;
            } catch (TimeoutException e) {
                throw new IOException(
                        name(offset, length) + " did not come within "
                                + parts.config().readDeadline() + flight.trouble(),
                        e);
            } catch (ExecutionException e) {
                if (flight.deadlineNs() >= deadlineNs || e.getCause() instanceof RuntimeException) {
                    throw new IOException(
                            name(offset, length) + " cannot be had: "
                                    + e.getCause().getMessage(),
                            e.getCause());
                }
                // It was begun for a read that had less time.
                flight = flights.join(missing.blob, missing.chunk, deadlineNs);
            }
        }
    }

    private String name(long offset, long length) {
        return "the range of " + length + " bytes at " + offset + " of the device of " + map.image();
    }

    @Override
    public void prefetch(long offset, long length, LongConsumer asked) throws IOException, InterruptedException {
        checkRange(offset, length);
        List<Piece> pieces = new ArrayList<>();
        eachPiece(offset, length, pieces::add);
        long deadlineNs = System.nanoTime() + parts.config().readDeadline().toNanos();
        for (Piece piece : pieces) {
            checkOpen();
            ByteRange range = new ByteRange(piece.offset, piece.length);
            piece.blob.fetch(range, Priority.PREFETCH, deadlineNs, asked);
        }
    }

    private List<Thread> readAhead(long offset, long length) {
        List<Thread> threads = new ArrayList<>();
        eachPiece(offset, length, piece -> {
            int chunk = piece.blob.info().chunkAt(piece.offset);
            int last = piece.blob.info().chunkAt(piece.offset + piece.length - 1);
            while (chunk <= last && piece.blob.has(chunk)) {
                chunk++;
            }
            if (chunk <= last) {
                long from = Math.max(piece.offset, piece.blob.info().offsetOf(chunk));
                ByteRange range = new ByteRange(from, piece.offset + piece.length - from);
                threads.add(parts.tasks().start("read-ahead", () -> readAhead(piece.blob, range)));
            }
            return true;
        });
        return threads;
    }

    private void readAhead(DeviceBlob blob, ByteRange range) {
        try {
            long deadlineNs = System.nanoTime() + parts.config().readDeadline().toNanos();
            blob.fetch(range, Priority.PREFETCH, deadlineNs, parts.demandedBytes()::add);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            LOG.debug("{} of {} was not read ahead: {}", range, blob.info().digest(), e.getMessage());
        }
    }

    private void copy(List<MemorySegment> views, ByteBuffer target) throws IOException {
        mapped.readLock().lock();
        try {
            checkOpen();
            MemorySegment to = MemorySegment.ofBuffer(target);
            long at = 0;
            for (MemorySegment view : views) {
                MemorySegment.copy(view, 0, to, at, view.byteSize());
                at += view.byteSize();
            }
            target.position(target.limit());
        } catch (InternalError e) {
            // So does Java report that a page of a mapped file could not be read.
            throw new IOException("the disk fails under the device of " + map.image() + ": " + e.getMessage(), e);
        } finally {
            mapped.readLock().unlock();
        }
    }

    private void checkOpen() throws IOException {
        if (closed) {
            throw new IOException("the device of " + map.image() + " is closed");
        }
    }

    @Override
    public long run(long offset, long most) {
        checkRange(offset, 1);
        if (most <= 0) {
            throw new IllegalArgumentException("no run has " + most + " bytes at most");
        }
        long end = most > map.length() - offset ? map.length() : offset + most;
        boolean here = isHere(offset);
        long at = offset;
        do {
            at = endOfChunk(at);
        } while (at < end && isHere(at) == here);
        long run = Math.min(at, end) - offset;
        return here ? run : -run;
    }

    private boolean isHere(long offset) {
        int index = map.extentAt(offset);
        DeviceBlob blob = blobs.get(index);
        return blob.has(blob.info().chunkAt(inBlob(map.extents().get(index), offset)));
    }

    /** The end of what lies in the same chunk and extent as the byte at {@code offset}. */
    private long endOfChunk(long offset) {
        Extent extent = map.extents().get(map.extentAt(offset));
        long inBlob = inBlob(extent, offset);
        long left = extent.blob().chunkLength() - inBlob % extent.blob().chunkLength();
        return Math.min(extent.end(), offset + left);
    }

    private void checkRange(long offset, long length) {
        if (offset < 0 || length < 0 || offset > map.length() - length) {
            throw new IndexOutOfBoundsException("the device of " + map.image() + " has " + map.length() + " bytes, not "
                    + length + " at " + offset);
        }
    }

    private static long inBlob(Extent extent, long offset) {
        return extent.blobOffset() + offset - extent.deviceOffset();
    }

    @Override
    public int waiting() {
        return waiting.get();
    }

    @Override
    public DeviceStatistics statistics() {
        long local = 0;
        blobs.forEach(DeviceBlob::look);
        for (long at = 0; at < map.length(); ) {
            long run = run(at, map.length() - at);
            local += Math.max(0, run);
            at += Math.abs(run);
        }
        return new DeviceStatistics(map.length(), local, readBytes.sum(), parts.demandedBytes().sum(), waiting.get());
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        parts.tasks().close();
        mapped.writeLock().lock();
        try {
            MappedPages.OF_PROCESS.remove(parts.arena());
            parts.arena().close();
        } catch (IllegalStateException e) {
            LOG.error("a front end still uses views of the closed device of {}; its files stay mapped", map.image(), e);
        } finally {
            mapped.writeLock().unlock();
        }
    }
}
