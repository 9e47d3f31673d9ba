package io.lighterage.blockdev.device;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The virtual threads that work for a device; closing interrupts them all and waits for them. */
final class Tasks implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Tasks.class);
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(5);

    private final Set<Thread> running = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** Starts a thread that runs {@code work}; one that starts when the device is closed finds itself interrupted. */
    Thread start(String name, Runnable work) {
        Thread thread = Thread.ofVirtual().name(name).unstarted(() -> {
            try {
                work.run();
            } finally {
                running.remove(Thread.currentThread());
            }
        });
        running.add(thread);
        thread.start();
        if (closed) {
            thread.interrupt();
        }
        return thread;
    }

    @Override
    public void close() {
        closed = true;
        List<Thread> left = List.copyOf(running);
        left.forEach(Thread::interrupt);
        long deadlineNs = System.nanoTime() + CLOSE_DEADLINE.toNanos();
        try {
            for (Thread thread : left) {
                if (!thread.join(Duration.ofNanos(Math.max(1, deadlineNs - System.nanoTime())))) {
                    LOG.warn("{} goes on though its device is closed", thread.getName());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
