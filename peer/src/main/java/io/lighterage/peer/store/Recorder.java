package io.lighterage.peer.store;

import io.lighterage.peer.content.ChunkSet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records chunks as present once their bytes are durable. Its thread gathers what was written for a short while or up
 * to some bytes, forces each file that was touched once, and then writes the record. It also makes the database's log
 * durable about once a second while it grows.
 */
final class Recorder {
    private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);
    private static final long BATCH_NS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long BATCH_BYTES = 32 << 20;
    private static final long SYNC_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long RETRY_NS = TimeUnit.SECONDS.toNanos(5);
    private static final Duration STOP = Duration.ofSeconds(60);

    private final Database db;
    private final Path blobs;
    private final Thread thread;

    /** Batches are made one after the other: by the thread, and by whoever flushes. */
    private final ReentrantLock batching = new ReentrantLock();

    /** Guards all that follows. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();
    private Set<LocalBlob> touched = new HashSet<>();
    private long touchedBytes;
    private long touchedDueNs;
    private boolean unsynced;
    private long syncDueNs;
    private boolean stopping;

    /** @param blobs the directory of the data files */
    Recorder(Database db, Path blobs) {
        this.db = db;
        this.blobs = blobs;
        this.thread = Thread.ofPlatform().daemon().name("store-recorder").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** A chunk of {@code bytes} was written to {@code blob} and waits to be recorded. */
    void written(LocalBlob blob, int bytes) {
        touch(blob, bytes, BATCH_NS);
    }

    private void touch(LocalBlob blob, int bytes, long withinNs) {
        lock.lock();
        try {
            if (touched.isEmpty()) {
                touchedDueNs = System.nanoTime() + withinNs;
                changed.signalAll();
            }
            touched.add(blob);
            touchedBytes += bytes;
            if (touchedBytes >= BATCH_BYTES && touchedBytes - bytes < BATCH_BYTES) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Something was written to the database that should be durable soon. */
    void logged() {
        lock.lock();
        try {
            if (!unsynced) {
                unsynced = true;
                syncDueNs = System.nanoTime() + SYNC_NS;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Makes everything written before durable and recorded. */
    void flush() throws StoreException {
        batching.lock();
        try {
            recordTouched();
            sync();
        } finally {
            batching.unlock();
        }
    }

    /** Ends the thread; then flushes. */
    void stop() throws StoreException {
        lock.lock();
        try {
            stopping = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            if (!thread.join(STOP)) {
                LOG.warn("the disk of {} has been busy for {} s", blobs, STOP.toSeconds());
            }
        } catch (InterruptedException e) {
            // Closing goes on: batches exclude each other anyway.
            Thread.currentThread().interrupt();
        }
        flush();
    }

    private void run() {
        try {
            while (awaitWork()) {
                workOnce();
            }
        } catch (InterruptedException e) {
            LOG.error("the recorder of {} was interrupted: nothing is recorded until the next flush", blobs, e);
        }
    }

    /** Waits until a batch is due; false if there will be none. */
    private boolean awaitWork() throws InterruptedException {
        lock.lock();
        try {
            while (!stopping) {
                long waitNs = untilDueNs();
                if (waitNs <= 0) {
                    return true;
                }
                // The signal, or at the latest the next due time.
                changed.awaitNanos(waitNs);
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    private long untilDueNs() {
        long now = System.nanoTime();
        long waitNs = TimeUnit.HOURS.toNanos(1);
        if (!touched.isEmpty()) {
            waitNs = touchedBytes >= BATCH_BYTES ? 0 : Math.min(waitNs, touchedDueNs - now);
        }
        return unsynced ? Math.min(waitNs, syncDueNs - now) : waitNs;
    }

    private void workOnce() {
        batching.lock();
        try {
            recordTouched();
            if (isSyncDue()) {
                sync();
            }
        } catch (StoreException | RuntimeException e) {
            LOG.error("cannot record what was written to {}; trying again", blobs, e);
        } finally {
            batching.unlock();
        }
    }

    private boolean isSyncDue() {
        lock.lock();
        try {
            return unsynced && syncDueNs - System.nanoTime() <= 0;
        } finally {
            lock.unlock();
        }
    }

    private void sync() throws StoreException {
        lock.lock();
        try {
            unsynced = false;
        } finally {
            lock.unlock();
        }
        try {
            db.sync();
        } catch (StoreException e) {
            logged();
            throw e;
        }
    }

    private List<LocalBlob> takeTouched() {
        lock.lock();
        try {
            List<LocalBlob> taken = List.copyOf(touched);
            touched = new HashSet<>();
            touchedBytes = 0;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private void recordTouched() throws StoreException {
        List<LocalBlob> blobsTouched = takeTouched();
        StoreException failure = null;
        Set<Path> forced = new HashSet<>();
        for (LocalBlob blob : blobsTouched) {
            try {
                record(blob, forced);
            } catch (StoreException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
        if (!blobsTouched.isEmpty()) {
            logged();
        }
    }

    private void record(LocalBlob blob, Set<Path> forced) throws StoreException {
        ChunkSet chunks = blob.takeWaiting();
        if (chunks.isEmpty()) {
            return;
        }
        try (FileLease file = blob.lease()) {
            file.force();
            Path directory = blob.takeFreshDirectory();
            if (directory != null && forced.add(directory)) {
                DataDirectory.force(directory);
                if (forced.add(blobs)) {
                    DataDirectory.force(blobs);
                }
            }
        } catch (IOException e) {
            if (e instanceof StoreException known && known.reason() == StoreException.Reason.WITHDRAWN) {
                LOG.debug("{} was withdrawn before it was recorded", blob);
                return;
            }
            // After a failed fsync the kernel may have dropped the pages, and would report success the next time.
            blob.drop(chunks);
            throw StoreFailures.of("make chunks of " + blob + " durable", blobs, e);
        }
        try {
            blob.record(chunks);
        } catch (StoreException e) {
            blob.keepWaiting(chunks);
            touch(blob, 0, RETRY_NS);
            throw e;
        }
    }
}
