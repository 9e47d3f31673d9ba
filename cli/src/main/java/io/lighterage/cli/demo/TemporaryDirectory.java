package io.lighterage.cli.demo;

import io.lighterage.blockdev.linux.FileTree;
import io.lighterage.cli.Amounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A directory that is gone, with all that is in it, when this is closed. */
record TemporaryDirectory(Path path) implements AutoCloseable {
    /** Makes one that only this user can read. */
    static TemporaryDirectory create(String prefix) throws IOException {
        return new TemporaryDirectory(Files.createTempDirectory(prefix));
    }

    /** Fails unless {@code bytes} more fit in. */
    void requireSpace(long bytes) throws IOException {
        long free = Files.getFileStore(path).getUsableSpace();
        if (free < bytes) {
            throw new IOException(
                    "the demo needs " + Amounts.bytes(bytes) + " of disk in " + path.getParent() + ", only "
                            + Amounts.bytes(free)
                            + " are free; LIGHTER_JAVA_OPTS=-Djava.io.tmpdir=DIR takes another place");
        }
    }

    @Override
    public void close() throws IOException {
        FileTree.delete(path);
    }
}
