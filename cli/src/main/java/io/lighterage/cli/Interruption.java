package io.lighterage.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** On SIGINT and SIGTERM interrupts a thread, and lets the process end only when that has tidied up and closed this. */
final class Interruption implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Interruption.class);
    private static final long CLOSING_SECONDS = 60;

    private final String name;
    private final Thread worker;
    private final CountDownLatch closed = new CountDownLatch(1);

    private Interruption(String name, Thread worker) {
        this.name = name;
        this.worker = worker;
    }

    /** Interrupts the calling thread when the process is told to end. */
    static Interruption ofThisThread(String name) {
        Interruption interruption = new Interruption(name, Thread.currentThread());
        Runtime.getRuntime().addShutdownHook(new Thread(interruption::end, name + "-end"));
        return interruption;
    }

    private void end() {
        try {
            if (closed.getCount() > 0) {
                worker.interrupt();
                if (!closed.await(CLOSING_SECONDS, TimeUnit.SECONDS)) {
                    LOG.warn("{} did not end within {} s", name, CLOSING_SECONDS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
