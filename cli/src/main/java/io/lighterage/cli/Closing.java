package io.lighterage.cli;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a process has opened, closed in reverse order. The lock of this object guards it. */
final class Closing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Closing.class);

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    /** Remembers {@code resource} and answers it. */
    synchronized <T extends AutoCloseable> T add(T resource) {
        opened.push(resource);
        return resource;
    }

    /** Steps that may fail. */
    interface Opening {
        void run() throws IOException, InterruptedException;
    }

    /** Runs {@code opening}, and if it fails closes what was opened. */
    void orClose(Opening opening) throws IOException, InterruptedException {
        try {
            opening.run();
        } catch (IOException | InterruptedException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Closes all, whatever fails on the way. Idempotent. */
    @Override
    public synchronized void close() {
        while (!opened.isEmpty()) {
            AutoCloseable resource = opened.pop();
            try {
                resource.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                LOG.warn("interrupted while closing {}", resource, e);
            } catch (Exception e) {
                LOG.warn("cannot close {}", resource, e);
            }
        }
    }
}
