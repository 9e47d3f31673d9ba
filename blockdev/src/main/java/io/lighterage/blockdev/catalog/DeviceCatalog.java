package io.lighterage.blockdev.catalog;

import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.peer.content.ImageReference;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Knows the devices of images. Where an image has none yet, asking for it begins its conversion, once however many ask.
 *
 * <p>Safe for use by several threads. Calls block; call them on virtual threads.
 */
public interface DeviceCatalog extends AutoCloseable {
    /**
     * The device of {@code image}, waiting for its conversion.
     *
     * @param image a tag is resolved by the supernode; name the manifest's digest to be sure of what is mounted
     * @param platform which image of an index; an image that is for one platform alone is taken as it is
     * @param deadline how long to wait
     * @param progress is told how far the conversion is, about every second, on the calling thread
     * @throws DeviceUnavailableException if the image cannot be had or converted, if nothing answers for some seconds,
     *     or if it takes longer than {@code deadline}. The conversion goes on without those who wait; the ordinary pull
     *     is the way meanwhile.
     */
    DeviceMap await(ImageReference image, Platform platform, Duration deadline, Consumer<ConversionProgress> progress)
            throws DeviceUnavailableException, InterruptedException;

    /** Ends waits with an error. */
    @Override
    void close();
}
