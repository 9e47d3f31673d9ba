package io.lighterage.peer.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A lease on a blob's data file. Reads say nothing about presence: ask the {@link StoredBlob} first, holes read as
 * zeros. Readers of one blob share one descriptor. Safe for use by several threads until closed.
 */
public interface BlobReader extends AutoCloseable {
    /** Reads at {@code offset} until {@code target} is full. */
    void read(long offset, ByteBuffer target) throws IOException;

    /**
     * The open data file, for {@code transferTo} and sendfile; never close it, never write to it. Java closes a channel
     * when a thread is interrupted in it: ask here again then. {@link #read} does so by itself; only the file of a
     * withdrawn blob cannot be opened again.
     */
    FileChannel channel();

    /** The data file's path, for those who must open it by name. */
    Path path();

    /** Gives the lease back. Idempotent. */
    @Override
    void close();
}
