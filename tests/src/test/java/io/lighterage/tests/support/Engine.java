package io.lighterage.tests.support;

import java.io.IOException;

/** A container engine that pulls through a {@link Mirror}, with state of its own. */
public interface Engine extends AutoCloseable {
    /**
     * Pulls and verifies an image, and runs a container of it to its end.
     *
     * @param name repository and tag
     * @return what the container printed
     */
    String pullAndRun(String name) throws IOException, InterruptedException;
}
