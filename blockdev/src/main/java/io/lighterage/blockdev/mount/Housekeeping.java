package io.lighterage.blockdev.mount;

import io.lighterage.blockdev.catalog.DeviceCatalog;
import io.lighterage.blockdev.catalog.DeviceUnavailableException;
import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.peer.content.ImageReference;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done for images while nobody asks: first what an earlier process mounted is served again; then recordings are
 * told, rights renewed, devices opened that could not be, and those closed that nothing uses. It has a thread of its own.
 */
final class Housekeeping implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
    private static final long ROUND_SECONDS = 5;
    private static final long RENEWAL_NS = TimeUnit.MINUTES.toNanos(4);
    private static final Duration RENEWAL_DEADLINE = Duration.ofSeconds(3);

    private final DeviceCatalog catalog;
    private final KnownImages known;
    private final OpenImages open;
    private final Thread thread;

    Housekeeping(DeviceCatalog catalog, KnownImages known, OpenImages open) {
        this.catalog = catalog;
        this.known = known;
        this.open = open;
        this.thread = Thread.ofVirtual().name("lazy-images").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            renew(known.all());
            resume();
            long renewedNs = System.nanoTime();
            for (long seconds = 1; true; seconds++) {
                TimeUnit.SECONDS.sleep(1);
                open.tellTraces();
                if (seconds % ROUND_SECONDS != 0) {
                    continue;
                }
                if (System.nanoTime() - renewedNs > RENEWAL_NS) {
                    renew(open.snapshot().values().stream().map(image -> image.known).toList());
                    renewedNs = System.nanoTime();
                }
                open.reopen(known);
                open.releaseUnused();
            }
        } catch (InterruptedException e) {
            LOG.debug("lazy images are closed");
        }
    }

    /** Asks for the grants of images again, all at once, and waits a little for them. */
    private void renew(List<KnownImages.Known> images) throws InterruptedException {
        List<Thread> asking = images.stream()
                .filter(image -> image.repository().isPresent())
                .map(image -> Thread.ofVirtual()
                        .name("renew-" + image.manifest().hex().substring(0, 12))
                        .start(() -> renew(image)))
                .toList();
        for (Thread one : asking) {
            one.join(RENEWAL_DEADLINE.plusMillis(500));
        }
    }

    private void renew(KnownImages.Known image) {
        ImageReference reference = new ImageReference(
                image.repository().orElseThrow(), Optional.empty(), Optional.of(image.manifest()));
        try {
            catalog.await(reference, Platform.host(), RENEWAL_DEADLINE, progress -> {});
        } catch (DeviceUnavailableException e) {
            LOG.warn("the right to read {} is not renewed: {}", image.name(), e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void resume() throws InterruptedException {
        try {
            open.resume(known);
        } catch (IOException e) {
            LOG.error("images that an earlier process mounted cannot be served again", e);
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
