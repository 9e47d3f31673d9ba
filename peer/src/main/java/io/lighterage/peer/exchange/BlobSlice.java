package io.lighterage.peer.exchange;

import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.store.BlobReader;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Verified bytes of a blob, in this host's store.
 *
 * @param reader the lease that keeps them readable; closed with the slice
 * @param range where they are in the blob and in its data file
 */
public record BlobSlice(BlobReader reader, ByteRange range) implements AutoCloseable {
    /** The bytes, copied to the heap. */
    public byte[] bytes() throws IOException {
        byte[] bytes = new byte[Math.toIntExact(range.length())];
        reader.read(range.offset(), ByteBuffer.wrap(bytes));
        return bytes;
    }

    @Override
    public void close() {
        reader.close();
    }
}
