package io.lighterage.blockdev.mount;

import io.lighterage.blockdev.catalog.DeviceUnavailableException;
import io.lighterage.blockdev.catalog.TraceCatalog;
import io.lighterage.blockdev.prefetch.Trace;
import io.lighterage.peer.content.ImageReference;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of the starts of images: asked of the supernode when an image is opened and followed, and told to it
 * when a start is over. Whatever fails here costs time and nothing else.
 */
final class Starts {
    private static final Logger LOG = LoggerFactory.getLogger(Starts.class);
    private static final Duration ASKING = Duration.ofSeconds(10);

    private final TraceCatalog catalog;
    private final boolean on;

    /** @param on whether anything is asked, recorded and told at all */
    Starts(TraceCatalog catalog, boolean on) {
        this.catalog = catalog;
        this.on = on;
    }

    /** Who uses the image from now on is recorded. */
    void record(OpenImage image, boolean whole) {
        if (on && image.known.repository().isPresent()) {
            image.log.record(whole);
        }
    }

    /** Fetches what starts of the image are likely to read; {@link OpenImage#ahead} runs it. */
    void follow(OpenImage image) {
        try {
            Optional<ImageReference> reference = reference(image);
            if (on && reference.isPresent()) {
                Optional<Trace> trace = catalog.find(reference.get(), ASKING);
                if (trace.isPresent()) {
                    image.replay.run(trace.get());
                    LOG.info("{}: {} chunks of its trace are here, {} bytes of them fetched for it",
                            image.known.name(), trace.get().entries().size(), image.replay.fetchedBytes());
                }
            }
        } catch (DeviceUnavailableException e) {
            LOG.info("{} starts without a trace: {}", image.known.name(), e.getMessage());
        } catch (InterruptedException e) {
            LOG.debug("{} is closed before its trace was followed", image.known.name());
        } catch (RuntimeException e) {
            LOG.error("the trace of {} cannot be followed; reads fetch what they need", image.known.name(), e);
        }
    }

    /** Tells the traces of those images whose starts are over. */
    void tell(Collection<OpenImage> images) {
        long nowNs = System.nanoTime();
        for (OpenImage image : images) {
            image.log.take(false, nowNs).ifPresent(trace -> tell(image, trace));
        }
    }

    /** Tells what was recorded of an image whose device is about to be closed; who closes all may wait for it. */
    Optional<Thread> end(OpenImage image) {
        return image.log.take(true, System.nanoTime()).map(trace -> tell(image, trace));
    }

    private Thread tell(OpenImage image, Trace trace) {
        return Thread.ofVirtual().name("trace-" + image.fileName().substring(0, 12)).start(() -> {
            try {
                catalog.tell(reference(image).orElseThrow(), trace, ASKING);
                LOG.info("{}: a start read {} chunks in {} ms",
                        image.known.name(), trace.entries().size(), trace.entries().getLast().millis());
            } catch (DeviceUnavailableException e) {
                LOG.info("what a start of {} read is lost: {}", image.known.name(), e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static Optional<ImageReference> reference(OpenImage image) {
        return image.known
                .repository()
                .map(repository -> new ImageReference(
                        repository, Optional.empty(), Optional.of(image.known.manifest())));
    }

    /** Waits for what was begun for an image to end; it was interrupted. */
    static void await(Thread thread, Duration deadline) {
        try {
            if (thread.getState() != Thread.State.NEW && !thread.join(deadline)) {
                LOG.warn("{} did not end within {} s", thread.getName(),
                        TimeUnit.MILLISECONDS.toSeconds(deadline.toMillis()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
