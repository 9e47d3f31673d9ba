package io.lighterage.blockdev.image;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where a layer's data blob goes, from its first byte to its last. Opened, finished and closed by whoever made it. */
@FunctionalInterface
public interface DataSink {
    /**
     * Takes all of {@code bytes}, advancing it to its limit. The buffer may be used again once this returns.
     *
     * @throws IOException if the bytes could not be kept: the flattening ends with it
     */
    void write(ByteBuffer bytes) throws IOException, InterruptedException;
}
