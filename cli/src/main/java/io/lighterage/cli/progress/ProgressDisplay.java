package io.lighterage.cli.progress;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Shows pulls while they run: a bar for each that moves where the terminal allows, else lines. Its thread owns it. */
public final class ProgressDisplay implements AutoCloseable {
    private static final Duration TICK = Duration.ofMillis(200);

    private final View view;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;

    /** A way to show pulls. */
    sealed interface View permits ProgressBars, ProgressLines {
        /** Shows how things are at {@code nowNs}. */
        void update(long nowNs);
    }

    private ProgressDisplay(View view) {
        this.view = view;
        this.thread = Thread.ofVirtual().name("progress").start(this::run);
    }

    /** Begins to show {@code pulls} on {@code out}. */
    public static ProgressDisplay show(List<PullProgress> pulls, PrintWriter out) {
        Optional<Terminal> terminal = Terminal.find();
        boolean fits = terminal.isPresent() && terminal.get().rows() > pulls.size() + 1;
        return new ProgressDisplay(
                fits ? new ProgressBars(pulls, out, Terminal::find, System.nanoTime()) : new ProgressLines(pulls, out));
    }

    /** Shows the last state and stops. */
    @Override
    public void close() throws InterruptedException {
        stop.countDown();
        thread.join();
        view.update(System.nanoTime());
    }

    private void run() {
        try {
            do {
                view.update(System.nanoTime());
            } while (!stop.await(TICK.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
