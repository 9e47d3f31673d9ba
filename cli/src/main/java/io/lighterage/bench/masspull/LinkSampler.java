package io.lighterage.bench.masspull;

import io.lighterage.bench.report.Report;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the counters of all links a few times a second while a pull runs. */
final class LinkSampler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LinkSampler.class);
    private static final long PERIOD_MILLIS = 250;
    private static final long END_MILLIS = 5000;

    /** Answers what each party has sent and received so far. */
    interface Counters {
        Map<String, Report.Moved> read() throws IOException, InterruptedException;
    }

    private final Counters counters;
    private final long startNs;
    private final Thread thread;

    /** Guarded by this. */
    private final List<Double> at = new ArrayList<>();

    /** By party; guarded by this. */
    private final Map<String, List<Report.Moved>> moved = new LinkedHashMap<>();

    /** Begins at once; instants are seconds since {@code startNs}. */
    LinkSampler(Counters counters, long startNs) throws IOException, InterruptedException {
        this.counters = counters;
        this.startNs = startNs;
        sampleNow();
        this.thread = Thread.ofPlatform().daemon().name("links").start(() -> {
            try {
                while (true) {
                    TimeUnit.MILLISECONDS.sleep(PERIOD_MILLIS);
                    sampleNow();
                }
            } catch (InterruptedException e) {
                LOG.debug("no more samples", e);
            } catch (IOException e) {
                LOG.warn("links are not sampled any more: {}", e.getMessage());
            }
        });
    }

    /** Reads them once more. */
    void sampleNow() throws IOException, InterruptedException {
        Map<String, Report.Moved> now = counters.read();
        synchronized (this) {
            at.add((System.nanoTime() - startNs) / 1e9);
            now.forEach((name, bytes) -> moved.computeIfAbsent(name, n -> new ArrayList<>()).add(bytes));
        }
    }

    /** What was read, counted from the first reading. */
    synchronized Report.Links links() {
        List<Report.Link> links = new ArrayList<>();
        moved.forEach((name, bytes) -> links.add(new Report.Link(
                name, bytes.stream().map(b -> b.minus(bytes.getFirst())).toList())));
        return new Report.Links(at, links);
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(END_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
