package io.lighterage.blockdev.catalog;

import io.lighterage.blockdev.prefetch.Trace;
import io.lighterage.peer.content.ImageReference;
import java.time.Duration;
import java.util.Optional;

/**
 * Knows what images read when they start. Only who may read an image is told of it and may tell of it.
 *
 * <p>Safe for use by several threads. Calls block; call them on virtual threads.
 */
public interface TraceCatalog extends AutoCloseable {
    /**
     * What a start of the image is likely to read, if anything is known of it, or of images that share data with it.
     *
     * @param image names the digest of its manifest
     * @throws DeviceUnavailableException if the image is refused, or nothing answers by {@code deadline}
     */
    Optional<Trace> find(ImageReference image, Duration deadline)
            throws DeviceUnavailableException, InterruptedException;

    /**
     * Tells what a start of the image read.
     *
     * @param image names the digest of its manifest
     * @throws DeviceUnavailableException if the image or the trace is refused, or nothing answers by {@code deadline}
     */
    void tell(ImageReference image, Trace trace, Duration deadline)
            throws DeviceUnavailableException, InterruptedException;

    /** Ends waits with an error. */
    @Override
    void close();
}
