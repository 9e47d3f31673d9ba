package io.lighterage.bench.lab;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is to be undone, last first. Each step is tried whatever becomes of the others. Owned by one thread. */
public final class Teardown implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Teardown.class);

    private final Deque<AutoCloseable> steps = new ArrayDeque<>();

    /** Remembers {@code step} and answers it. */
    public <T extends AutoCloseable> T add(T step) {
        steps.push(step);
        return step;
    }

    @Override
    public void close() {
        boolean interrupted = Thread.interrupted();
        while (!steps.isEmpty()) {
            try {
                steps.pop().close();
            } catch (InterruptedException e) {
                interrupted = true;
            } catch (Exception e) {
                LOG.warn("something is left: {}", e.getMessage());
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
