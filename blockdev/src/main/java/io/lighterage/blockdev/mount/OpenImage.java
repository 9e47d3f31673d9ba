package io.lighterage.blockdev.mount;

import io.lighterage.blockdev.device.BlockDevice;
import io.lighterage.blockdev.prefetch.AccessLog;
import io.lighterage.blockdev.prefetch.TraceReplay;
import io.lighterage.peer.exchange.Exchange;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** An image whose device is open. {@link #pins} and {@link #served} are guarded by the lock of {@link OpenImages}. */
final class OpenImage {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** So long after it was opened, whoever still reads what is missing reads much. */
    private static final long LONG_START_NS = TimeUnit.SECONDS.toNanos(15);

    /** Whoever waited for such a part of the device reads much of it. */
    private static final int LARGE_PART = 8;

    final KnownImages.Known known;
    final BlockDevice device;

    /** What is read of the device. */
    final AccessLog log;

    /** Fetches what the trace names; {@link #ahead} runs it. */
    final TraceReplay replay;

    private final Thread ahead;
    private final BackgroundPull pull;
    private final long openedNs = System.nanoTime();

    /** Uses other than mounts: a mount that is being made, a connection of a network block device. */
    int pins;

    /** Whether the device is a file of the FUSE file system. */
    boolean served;

    /**
     * @param log is told of the device's reads
     * @param pace tells whether the rest of the image may be pulled now
     * @param starts tells what is fetched ahead
     * @param onComplete runs once all is here
     */
    OpenImage(
            KnownImages.Known known,
            BlockDevice device,
            AccessLog log,
            Exchange exchange,
            LazyConfig config,
            BackgroundPull.Pace pace,
            Starts starts,
            Runnable onComplete) {
        this.known = known;
        this.device = device;
        this.log = log;
        this.replay = new TraceReplay(known.map(), device);
        this.ahead = Thread.ofVirtual().name("trace-" + fileName().substring(0, 12))
                .unstarted(() -> starts.follow(this));
        this.pull = new BackgroundPull(known, exchange, config, log, pace, onComplete);
    }

    /** Begins to fetch what nobody waits for yet. */
    void start() {
        ahead.start();
        pull.start();
    }

    /** The name of its file. */
    String fileName() {
        return known.manifest().hex();
    }

    /**
     * Whether it is starting: what its trace names is being fetched, or its reads wait. Whoever reads for long, or
     * reads much, is not starting any more, and gains by what is pulled beside.
     */
    boolean isStarting(long nowNs) {
        if (ahead.isAlive()) {
            return true;
        }
        boolean reads = device.waiting() > 0 || log.isBusy(nowNs);
        return reads
                && nowNs - openedNs < LONG_START_NS
                && log.waitedBytes() < known.map().length() / LARGE_PART;
    }

    /** Ends what fetches, then the device. */
    void close() {
        ahead.interrupt();
        pull.close();
        Starts.await(ahead, PATIENCE);
        device.close();
    }
}
