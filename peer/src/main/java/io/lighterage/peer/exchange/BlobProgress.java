package io.lighterage.peer.exchange;

import io.lighterage.peer.store.StoredBlob;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Lets readers of a blob wait for its chunks. Its state is guarded by its own lock, which is held only for moments.
 */
public final class BlobProgress {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private BlobUnavailableException failure;

    /** A chunk became usable, or table entries known. */
    public void arrived() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** No more chunks will come: every wait, now and later, ends with {@code why}. */
    public void failed(BlobUnavailableException why) {
        lock.lock();
        try {
            if (failure == null) {
                failure = why;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until chunk {@code index} of {@code blob} is usable.
     *
     * @param deadlineNs by {@link System#nanoTime}
     * @param givenUp ends the wait early once it is true and {@link #arrived} was called
     * @throws BlobUnavailableException if that does not happen in time, or never will
     */
    void await(StoredBlob blob, int index, long deadlineNs, BooleanSupplier givenUp)
            throws BlobUnavailableException, InterruptedException {
        await(blob, () -> blob.has(index), () -> "chunk " + index, deadlineNs, givenUp);
    }

    /**
     * Waits until the table of {@code blob} is complete.
     *
     * @param deadlineNs by {@link System#nanoTime}
     * @throws BlobUnavailableException if that does not happen in time, or never will
     */
    void awaitTable(StoredBlob blob, long deadlineNs) throws BlobUnavailableException, InterruptedException {
        await(blob, () -> blob.table().isComplete(), () -> "the table", deadlineNs, () -> false);
    }

    private void await(
            StoredBlob blob, BooleanSupplier here, Supplier<String> what, long deadlineNs, BooleanSupplier givenUp)
            throws BlobUnavailableException, InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!here.getAsBoolean()) {
                if (failure != null) {
                    throw copyOf(failure);
                }
                if (givenUp.getAsBoolean()) {
                    throw new BlobUnavailableException("blob " + blob.info().digest() + " is no longer read");
                }
                long leftNs = deadlineNs - System.nanoTime();
                if (leftNs <= 0) {
                    throw new BlobUnavailableException(
                            what.get() + " of " + blob.info().digest() + " did not come in time");
                }
                changed.await(leftNs, TimeUnit.NANOSECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    /** An exception of the waiter's own, whose trace shows who waited. */
    private static BlobUnavailableException copyOf(BlobUnavailableException failure) {
        return failure instanceof BlobRefusedException
                ? failure
                : new BlobUnavailableException(failure.getMessage(), failure);
    }
}
