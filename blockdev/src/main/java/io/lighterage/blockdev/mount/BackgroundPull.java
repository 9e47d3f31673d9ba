package io.lighterage.blockdev.mount;

import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.prefetch.AccessLog;
import io.lighterage.blockdev.prefetch.PullOrder;
import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.BlobStream;
import io.lighterage.peer.exchange.BlobUnavailableException;
import io.lighterage.peer.exchange.Exchange;
import io.lighterage.peer.swarm.TokenBucket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pulls what is missing of a device and no other byte of its blobs, on one virtual thread: first what lies around the
 * latest reads, then the rest.
 *
 * <p>It asks for as much at a time as comes in a tenth of a second or two, up to 4 MiB, and for nothing while an image
 * starts: what it has asked for already comes after demand reads by its priority, but fills queues on a slow link. When
 * bytes cannot be had it tries again, ever less often, until it is closed.
 */
final class BackgroundPull implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundPull.class);
    private static final int MOST_AT_ONCE = 4 << 20;
    private static final int LEAST_AT_ONCE = 128 << 10;
    private static final int AHEAD = 2;
    private static final long SLOW_NS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long YIELD_MILLIS = 5;
    private static final long FIRST_PAUSE_MILLIS = 500;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;

    /** Tells when to pull. */
    @FunctionalInterface
    interface Pace {
        /** Whether more may be asked for now. */
        boolean isQuiet();
    }

    private record Asked(BlobStream stream, long atNs) {}

    private final DeviceMap map;
    private final Optional<BlobSource> source;
    private final Exchange exchange;
    private final Duration delay;
    private final TokenBucket rate;
    private final AccessLog log;
    private final Pace pace;
    private final Runnable onComplete;
    private final Thread thread;

    /** Bytes to ask for at a time; as {@link #asked}, the thread's own. */
    private int step = 1 << 20;

    private final Deque<Asked> asked = new ArrayDeque<>();

    /**
     * A pull that is not running yet.
     *
     * @param log tells what is read
     * @param onComplete runs once all is here, on the pull's thread
     */
    BackgroundPull(
            KnownImages.Known known,
            Exchange exchange,
            LazyConfig config,
            AccessLog log,
            Pace pace,
            Runnable onComplete) {
        this.map = known.map();
        this.source = known.source();
        this.exchange = exchange;
        this.delay = config.pullDelay();
        this.rate = new TokenBucket(config.pullRate());
        this.log = log;
        this.pace = pace;
        this.onComplete = onComplete;
        this.thread = Thread.ofVirtual().name("pull-" + map.image().hex().substring(0, 12)).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            TimeUnit.NANOSECONDS.sleep(delay.toNanos());
            long pause = FIRST_PAUSE_MILLIS;
            while (!pulled()) {
                TimeUnit.MILLISECONDS.sleep(pause);
                pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
            }
            onComplete.run();
        } catch (InterruptedException e) {
            LOG.debug("the pull of {} ends early", map.image());
        } catch (RuntimeException e) {
            LOG.error(
                    "the pull of {} in the background failed; reads fetch what they need all the same", map.image(), e);
        }
    }

    /** Whether all could be had. */
    private boolean pulled() throws InterruptedException {
        try {
            awaitQuiet();
            for (DeviceMap.Extent extent : map.extents()) {
                exchange.trust(extent.blob(), extent.table(), source, PATIENCE);
            }
            PullOrder order = new PullOrder(map, log);
            while (order.next().orElse(null) instanceof PullOrder.Window window) {
                pull(window);
            }
            while (!asked.isEmpty()) {
                finish();
            }
            return true;
        } catch (BlobUnavailableException e) {
            LOG.warn("the pull of {} in the background is held up: {}", map.image(), e.getMessage());
            return false;
        } finally {
            asked.forEach(one -> one.stream.close());
            asked.clear();
        }
    }

    private void pull(PullOrder.Window window) throws BlobUnavailableException, InterruptedException {
        long end = window.offset() + window.length();
        for (long offset = window.offset(); offset < end; ) {
            long length = Math.min(step, end - offset);
            ask(window.extent(), offset, length);
            offset += length;
            while (asked.size() > AHEAD) {
                finish();
            }
        }
    }

    private void ask(DeviceMap.Extent extent, long offset, long length)
            throws BlobUnavailableException, InterruptedException {
        awaitQuiet();
        ByteRange range = new ByteRange(extent.blobOffset() + offset, length);
        BlobStream stream = exchange.stream(extent.blob().digest(), range, source, Priority.BACKGROUND);
        if (stream.isLocal()) {
            stream.close();
            return;
        }
        asked.add(new Asked(stream, System.nanoTime()));
        rate.take(length, System.nanoTime());
        TimeUnit.NANOSECONDS.sleep(rate.waitNs(System.nanoTime()));
    }

    private void awaitQuiet() throws InterruptedException {
        while (!pace.isQuiet()) {
            TimeUnit.MILLISECONDS.sleep(YIELD_MILLIS);
        }
    }

    private void finish() throws BlobUnavailableException, InterruptedException {
        Asked oldest = asked.remove();
        try (BlobStream stream = oldest.stream) {
            stream.all(PATIENCE).close();
        }
        boolean slow = System.nanoTime() - oldest.atNs > SLOW_NS;
        step = slow ? Math.max(LEAST_AT_ONCE, step / 2) : Math.min(MOST_AT_ONCE, step * 2);
    }

    /** Stops it, and returns when it has ended. */
    @Override
    public void close() {
        thread.interrupt();
        if (Thread.currentThread() != thread) {
            Starts.await(thread, PATIENCE);
        }
    }
}
