package io.lighterage.blockdev.mount;

import io.lighterage.blockdev.image.DeviceMap;
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
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pulls what is missing of a device, in the order of its extents and no other byte of their blobs, on one virtual
 * thread.
 *
 * <p>It asks for a few MiB at a time, and for nothing while somebody waits for a read: what it has asked for already
 * comes after demand reads by its priority. When bytes cannot be had it tries again, ever less often, until it is
 * closed.
 */
final class BackgroundPull implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundPull.class);
    private static final long WINDOW = 4L << 20;
    private static final int WINDOWS_AHEAD = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long YIELD_MILLIS = 5;
    private static final long FIRST_PAUSE_MILLIS = 500;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;

    private final DeviceMap map;
    private final Optional<BlobSource> source;
    private final Exchange exchange;
    private final Duration delay;
    private final TokenBucket rate;
    private final BooleanSupplier demanded;
    private final Runnable onComplete;
    private final Thread thread;

    /**
     * A pull that is not running yet.
     *
     * @param source by whose right it reads, if that is known
     * @param demanded whether somebody waits for a read of this host now
     * @param onComplete runs once all is here, on the pull's thread
     */
    BackgroundPull(
            DeviceMap map,
            Optional<BlobSource> source,
            Exchange exchange,
            LazyConfig config,
            BooleanSupplier demanded,
            Runnable onComplete) {
        this.map = map;
        this.source = source;
        this.exchange = exchange;
        this.delay = config.pullDelay();
        this.rate = new TokenBucket(config.pullRate());
        this.demanded = demanded;
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
        Deque<BlobStream> asked = new ArrayDeque<>();
        try {
            for (DeviceMap.Extent extent : map.extents()) {
                exchange.trust(extent.blob(), extent.table(), source, PATIENCE);
                for (long offset = 0; offset < extent.length(); offset += WINDOW) {
                    ask(asked, extent, offset, Math.min(WINDOW, extent.length() - offset));
                    if (asked.size() > WINDOWS_AHEAD) {
                        finish(asked);
                    }
                }
            }
            while (!asked.isEmpty()) {
                finish(asked);
            }
            return true;
        } catch (BlobUnavailableException e) {
            LOG.warn("the pull of {} in the background is held up: {}", map.image(), e.getMessage());
            return false;
        } finally {
            asked.forEach(BlobStream::close);
        }
    }

    private void ask(Deque<BlobStream> asked, DeviceMap.Extent extent, long offset, long length)
            throws BlobUnavailableException, InterruptedException {
        ByteRange range = new ByteRange(extent.blobOffset() + offset, length);
        BlobStream stream = exchange.stream(extent.blob().digest(), range, source, Priority.BACKGROUND);
        if (stream.isLocal()) {
            stream.close();
            return;
        }
        asked.add(stream);
        rate.take(length, System.nanoTime());
        TimeUnit.NANOSECONDS.sleep(rate.waitNs(System.nanoTime()));
        while (demanded.getAsBoolean()) {
            TimeUnit.MILLISECONDS.sleep(YIELD_MILLIS);
        }
    }

    private static void finish(Deque<BlobStream> asked) throws BlobUnavailableException, InterruptedException {
        try (BlobStream stream = asked.remove()) {
            stream.all(PATIENCE).close();
        }
    }

    /** Stops it, and returns when it has ended. */
    @Override
    public void close() {
        thread.interrupt();
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            if (thread.getState() != Thread.State.NEW && !thread.join(PATIENCE)) {
                LOG.warn("the pull of {} did not end within {} s", map.image(), PATIENCE.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
