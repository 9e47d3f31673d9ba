package io.lighterage.cli.demo;

import java.util.concurrent.atomic.LongAdder;

/** How far one pull is. Written by the pull's threads, read by the display. */
final class PullProgress {
    private final String name;
    private final LongAdder received = new LongAdder();
    private volatile long total;
    private volatile boolean done;

    PullProgress(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    void expect(long bytes) {
        total = bytes;
    }

    void add(long bytes) {
        received.add(bytes);
    }

    void finish() {
        done = true;
    }

    /** Bytes received so far. */
    long received() {
        return received.sum();
    }

    /** Bytes of the image, 0 while the manifest is not there. */
    long total() {
        return total;
    }

    /** Whether all is there and verified. */
    boolean isDone() {
        return done;
    }

    /** Hundredths of the image that are there; 100 only at the end. */
    int percent() {
        long all = total;
        return done ? 100 : all == 0 ? 0 : (int) Math.min(99, 100 * received() / all);
    }
}
