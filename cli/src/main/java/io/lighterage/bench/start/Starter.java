package io.lighterage.bench.start;

import java.io.IOException;

/** Gets images to one host and starts containers of them. Owned by one thread at a time. */
interface Starter extends AutoCloseable {
    /** An image that a host has as its mode wants it; when it is closed, the host forgets it. */
    interface Image extends AutoCloseable {
        /** Starts a container of it; returns when that says that it is ready. */
        Container start(String script) throws IOException, InterruptedException;

        @Override
        void close() throws IOException, InterruptedException;
    }

    /** Gets an image to the host. For {@link Mode#LOCAL} that is all of it, and not what is measured. */
    Image get(String reference, Mode mode) throws IOException, InterruptedException;

    /** Has the kernel keep what every container of the host needs, whatever its image. */
    void keepWarm() throws IOException, InterruptedException;

    @Override
    void close();
}
