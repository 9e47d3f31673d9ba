package io.lighterage.supernode.ingest;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A virtual thread that can be cancelled without harm to the store: an interrupt during file I/O would close the file
 * for everybody, so a cancellation waits for a call of the store to end, and none begins after it.
 *
 * <p>{@code cancelled} is guarded by {@code gate}.
 */
final class Task {
    private static final Logger LOG = LoggerFactory.getLogger(Task.class);

    private final ReentrantLock gate = new ReentrantLock();
    private final Thread thread;
    private boolean cancelled;

    /** Something done with the store, or with a listener that may use it. */
    @FunctionalInterface
    interface StoreCall<T> {
        T call() throws IOException, InterruptedException;
    }

    private Task(String name, Consumer<Task> body) {
        this.thread = Thread.ofVirtual().name(name).unstarted(() -> body.accept(this));
    }

    /** Starts {@code body} on a thread of its own. */
    static Task start(String name, Consumer<Task> body) {
        Task task = new Task(name, body);
        task.thread.start();
        return task;
    }

    /**
     * Calls the store; only on this task's own thread.
     *
     * @throws InterruptedException if the task was cancelled
     */
    <T> T store(StoreCall<T> call) throws IOException, InterruptedException {
        gate.lock();
        try {
            if (cancelled) {
                throw new InterruptedException("cancelled");
            }
            return call.call();
        } finally {
            gate.unlock();
        }
    }

    /** Does what must be done at the task's end even when it was cancelled; only on this task's own thread. */
    void closing(Runnable last) {
        gate.lock();
        try {
            if (Thread.interrupted()) {
                LOG.debug("{} ends by interruption", thread.getName());
            }
            last.run();
        } finally {
            gate.unlock();
        }
    }

    /** Interrupts the thread once it is not in the store. Idempotent. */
    void cancel() {
        gate.lock();
        try {
            cancelled = true;
            thread.interrupt();
        } finally {
            gate.unlock();
        }
    }

    /** Waits for the thread's end. */
    void join() throws InterruptedException {
        thread.join();
    }

    /** Waits for the thread's end at most so long; answers whether it ended. */
    boolean join(Duration most) throws InterruptedException {
        return thread.join(most);
    }
}
