package io.lighterage.peer.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/** A lease on a {@link SharedFile}; what the outside sees of it only reads. */
final class FileLease implements BlobReader {
    private final SharedFile file;
    private final OpenFiles files;
    private final AtomicBoolean closed = new AtomicBoolean();

    FileLease(SharedFile file, OpenFiles files) {
        this.file = file;
        this.files = files;
    }

    @Override
    public void read(long offset, ByteBuffer target) throws IOException {
        checkOpen();
        file.read(offset, target);
    }

    /** Writes all of {@code source} at {@code offset}. */
    void write(long offset, ByteBuffer source) throws IOException {
        checkOpen();
        file.write(offset, source);
    }

    /** Makes the file's data durable. */
    void force() throws IOException {
        checkOpen();
        file.force();
    }

    @Override
    public FileChannel channel() {
        checkOpen();
        try {
            return file.channel();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open " + file.path(), e);
        }
    }

    @Override
    public Path path() {
        return file.path();
    }

    private void checkOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the reader of " + file.path() + " is closed");
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            files.release(file);
        }
    }
}
