package io.lighterage.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a process until a signal ends it. */
final class Daemon {
    private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
    private static final Duration CLOSING = Duration.ofSeconds(8);

    private Daemon() {}

    /** Starts the process, and blocks until SIGTERM or SIGINT; then the JVM closes it and ends with 143 or 130. */
    static void run(String name, Callable<? extends AutoCloseable> start) throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        AutoCloseable process = start.call();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(name, process, closed), "close-" + name));
        LOG.info("{} is ready", name);
        closed.await();
    }

    private static void close(String name, AutoCloseable process, CountDownLatch closed) {
        LOG.info("closing the {}", name);
        try {
            within(CLOSING, process);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException e) {
            LOG.warn("the {} did not close within {} seconds", name, CLOSING.toSeconds());
        } finally {
            closed.countDown();
        }
    }

    private static void within(Duration deadline, AutoCloseable process) throws InterruptedException, TimeoutException {
        Thread closer = Thread.ofVirtual().name("closer").start(() -> {
            try {
                process.close();
            } catch (Exception e) {
                LOG.warn("while closing", e);
            }
        });
        if (!closer.join(deadline)) {
            throw new TimeoutException();
        }
    }
}
