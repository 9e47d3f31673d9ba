package io.lighterage.bench.masspull;

import java.io.IOException;
import java.nio.file.Path;

/** Where the image of a measurement comes from. */
@FunctionalInterface
public interface ImageSource {
    /**
     * Brings its blobs into files.
     *
     * @param directory exists, and is for them alone
     * @throws IOException if there is no such image; the message names it
     */
    PulledImage bring(Path directory) throws IOException, InterruptedException;
}
