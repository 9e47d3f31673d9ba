package io.lighterage.peer.exchange;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.store.StoredBlob;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

/** Reads a range of a stored blob in order as its chunks become usable. One thread reads; any thread may close. */
public final class StoredBlobStream implements BlobStream {
    private final StoredBlob blob;
    private final BlobProgress progress;
    private final long end;
    private final IntConsumer advanced;
    private final Runnable onClose;
    private long offset;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * @param advanced is told the first chunk that is still needed whenever that changes
     * @param onClose runs once when the stream is closed
     */
    public StoredBlobStream(
            StoredBlob blob, ByteRange range, BlobProgress progress, IntConsumer advanced, Runnable onClose) {
        if (range.end() > blob.info().length()) {
            throw new IllegalArgumentException(
                    "blob " + blob.info().digest() + " has " + blob.info().length() + " bytes, not " + range.end());
        }
        this.blob = blob;
        this.progress = progress;
        this.offset = range.offset();
        this.end = range.end();
        this.advanced = advanced;
        this.onClose = onClose;
    }

    @Override
    public BlobInfo info() {
        return blob.info();
    }

    @Override
    public BlobSlice next(int most, Duration deadline) throws BlobUnavailableException, InterruptedException {
        if (offset >= end) {
            return null;
        }
        BlobInfo info = blob.info();
        long start = offset;
        int index = info.chunkAt(start);
        progress.await(blob, index, System.nanoTime() + deadline.toNanos(), closed::get);
        long limit = Math.min(end, start + most);
        long ready = Math.min(limit, (long) (index + 1) * info.chunkLength());
        while (ready < limit && blob.has(info.chunkAt(ready))) {
            ready = Math.min(limit, ready + info.chunkLength());
        }
        return take(start, ready);
    }

    @Override
    public BlobSlice all(Duration deadline) throws BlobUnavailableException, InterruptedException {
        long deadlineNs = System.nanoTime() + deadline.toNanos();
        if (offset < end) {
            int last = blob.info().chunkAt(end - 1);
            for (int index = blob.info().chunkAt(offset); index <= last; index++) {
                progress.await(blob, index, deadlineNs, closed::get);
            }
        }
        return take(offset, end);
    }

    private BlobSlice take(long from, long to) throws BlobUnavailableException {
        BlobSlice slice;
        try {
            slice = new BlobSlice(blob.open(), new ByteRange(from, to - from));
        } catch (IOException e) {
            throw new BlobUnavailableException("blob " + blob.info().digest() + " cannot be read: " + e.getMessage(), e);
        }
        offset = to;
        if (to < end) {
            advanced.accept(blob.info().chunkAt(to));
        }
        return slice;
    }

    @Override
    public boolean isLocal() {
        if (offset >= end || blob.isComplete()) {
            return true;
        }
        int last = blob.info().chunkAt(end - 1);
        for (int index = blob.info().chunkAt(offset); index <= last; index++) {
            if (!blob.has(index)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            onClose.run();
            // Wakes a reader that waits.
            progress.changed();
        }
    }
}
