package io.lighterage.cli.progress;

import java.util.concurrent.atomic.LongAdder;

/** How far one pull, or another transfer of bytes, is. Written by the pull's threads, read by the display. */
public final class PullProgress {
    private final String name;
    private final LongAdder received = new LongAdder();
    private volatile long total;
    private volatile boolean done;

    /** Nothing is there yet; {@code name} is how it is shown. */
    public PullProgress(String name) {
        this.name = name;
    }

    /** How it is shown. */
    public String name() {
        return name;
    }

    /** Learns of how many bytes it is. */
    public void expect(long bytes) {
        total = bytes;
    }

    /** {@code bytes} more are there. */
    public void add(long bytes) {
        received.add(bytes);
    }

    /** All is there. */
    public void finish() {
        done = true;
    }

    /** Bytes received so far. */
    public long received() {
        return received.sum();
    }

    /** Bytes of the image, 0 while the manifest is not there. */
    public long total() {
        return total;
    }

    /** Whether all is there and verified. */
    public boolean isDone() {
        return done;
    }

    /** Hundredths of the image that are there; 100 only at the end. */
    public int percent() {
        long all = total;
        return done ? 100 : all == 0 ? 0 : (int) Math.min(99, 100 * received() / all);
    }
}
