package io.lighterage.peer.exchange;

import io.lighterage.peer.store.StoredBlob;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * Lets readers of a blob wait for its chunks. Its state is guarded by its own lock, which is held only for moments.
 */
public final class BlobProgress {
    /** In place of a chunk's index: the table. */
    private static final int TABLE = -1;

    private record Waiter(int index, Condition changed) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final List<Waiter> waiters = new ArrayList<>();
    private BlobUnavailableException failure;

    /** Chunk {@code index} became usable: those who wait for that one wake. */
    public void arrived(int index) {
        wake(waiter -> waiter.index == index);
    }

    /** Table entries became known. */
    void learned() {
        wake(waiter -> waiter.index == TABLE);
    }

    /** Any chunk may have become usable, or a reader given up: all who wait look again. */
    public void changed() {
        wake(waiter -> true);
    }

    private void wake(Predicate<Waiter> which) {
        lock.lock();
        try {
            for (Waiter waiter : waiters) {
                if (which.test(waiter)) {
                    waiter.changed.signal();
                }
            }
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
            waiters.forEach(waiter -> waiter.changed.signal());
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until chunk {@code index} of {@code blob} is usable.
     *
     * @param deadlineNs by {@link System#nanoTime}
     * @param givenUp ends the wait early once it is true and {@link #changed} was called
     * @throws BlobUnavailableException if that does not happen in time, or never will
     */
    void await(StoredBlob blob, int index, long deadlineNs, BooleanSupplier givenUp)
            throws BlobUnavailableException, InterruptedException {
        await(blob, index, () -> blob.has(index), deadlineNs, givenUp);
    }

    /**
     * Waits until the table of {@code blob} is complete.
     *
     * @param deadlineNs by {@link System#nanoTime}
     * @throws BlobUnavailableException if that does not happen in time, or never will
     */
    void awaitTable(StoredBlob blob, long deadlineNs) throws BlobUnavailableException, InterruptedException {
        await(blob, TABLE, () -> blob.table().isComplete(), deadlineNs, () -> false);
    }

    private void await(StoredBlob blob, int index, BooleanSupplier here, long deadlineNs, BooleanSupplier givenUp)
            throws BlobUnavailableException, InterruptedException {
        if (here.getAsBoolean()) {
            return;
        }
        lock.lockInterruptibly();
        Waiter waiter = new Waiter(index, lock.newCondition());
        waiters.add(waiter);
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
                            (index == TABLE ? "the table" : "chunk " + index) + " of " + blob.info().digest() + " did not come in time");
                }
                waiter.changed.await(leftNs, TimeUnit.NANOSECONDS);
            }
        } finally {
            waiters.remove(waiter);
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
