package io.lighterage.blockdev.device;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The virtual threads that work for a device; closing interrupts them all, and lets no more begin. */
final class Tasks implements AutoCloseable {
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
        running.forEach(Thread::interrupt);
    }
}
