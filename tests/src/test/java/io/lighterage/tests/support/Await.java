package io.lighterage.tests.support;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for conditions outside this process, of which nobody notifies us. */
public final class Await {
    private static final long BETWEEN_LOOKS_NS = Duration.ofMillis(20).toNanos();

    private Await() {}

    /** A condition that may fail to be looked at. */
    @FunctionalInterface
    public interface Condition {
        /** Whether it holds now. */
        boolean holds() throws Exception;
    }

    /**
     * Returns as soon as the condition holds.
     *
     * @param failure says what is wrong when the deadline has passed
     */
    public static void until(Condition condition, Duration deadline, Supplier<String> failure)
            throws InterruptedException {
        long endNs = System.nanoTime() + deadline.toNanos();
        Exception last = null;
        while (System.nanoTime() < endNs) {
            try {
                if (condition.holds()) {
                    return;
                }
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                last = e;
            }
            LockSupport.parkNanos(BETWEEN_LOOKS_NS);
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while waiting");
            }
        }
        throw new AssertionError("after " + deadline + ": " + failure.get(), last);
    }
}
