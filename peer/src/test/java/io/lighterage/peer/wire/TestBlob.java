package io.lighterage.peer.wire;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.BlobReader;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** A blob in a file whose leases are counted. */
final class TestBlob implements AutoCloseable {
    final byte[] content;
    final Digest digest;
    private final Path path;
    private final FileChannel channel;
    private final AtomicInteger leases = new AtomicInteger();

    TestBlob(Path directory, byte[] content) throws IOException {
        this.content = content;
        this.digest = Digest.of(content);
        this.path = Files.write(directory.resolve(digest.hex()), content);
        this.channel = FileChannel.open(path, StandardOpenOption.READ);
    }

    /** Leases that were not given back. */
    int leases() {
        return leases.get();
    }

    /** Whether the shared file is still open. */
    boolean isOpen() {
        return channel.isOpen();
    }

    BlobReader open() {
        leases.incrementAndGet();
        AtomicBoolean closed = new AtomicBoolean();
        return new BlobReader() {
            @Override
            public void read(long offset, ByteBuffer target) throws IOException {
                for (long at = offset; target.hasRemaining(); ) {
                    int read = TestBlob.this.channel.read(target, at);
                    if (read < 0) {
                        throw new EOFException("end of " + TestBlob.this.path + " at " + at);
                    }
                    at += read;
                }
            }

            @Override
            public FileChannel channel() {
                return TestBlob.this.channel;
            }

            @Override
            public Path path() {
                return TestBlob.this.path;
            }

            @Override
            public void close() {
                if (closed.compareAndSet(false, true)) {
                    leases.decrementAndGet();
                }
            }
        };
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
