package io.lighterage.supernode.convert;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends threads that use the store before the store is closed. */
final class Closing {
    private static final Logger LOG = LoggerFactory.getLogger(Closing.class);
    private static final long MOST_SECONDS = 10;

    private Closing() {}

    /** Interrupts all of {@code threads} and waits for their end. */
    static void stop(ExecutorService threads, String what) {
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(MOST_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("the conversion of {} has not ended {} s after it was given up", what, MOST_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
