package io.lighterage.supernode.torrent;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.BlobReader;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Where the bytes of one file of an offered torrent are. */
sealed interface Part {
    /** Number of bytes. */
    long length();

    /** A blob of the store. */
    record Blob(Digest digest, long length) implements Part {}

    /** A few bytes that are remembered with the offer; the array is not copied. */
    record Inline(byte[] bytes) implements Part {
        @Override
        public long length() {
            return bytes.length;
        }
    }

    /** The open bytes of a part. Safe for use by several threads. */
    interface Source extends AutoCloseable {
        /** Reads at {@code offset} until {@code target} is full. */
        void read(long offset, ByteBuffer target) throws IOException;

        @Override
        void close();
    }

    /** The bytes of a blob; closes the reader. */
    static Source of(BlobReader reader) {
        return new Source() {
            @Override
            public void read(long offset, ByteBuffer target) throws IOException {
                reader.read(offset, target);
            }

            @Override
            public void close() {
                reader.close();
            }
        };
    }

    /** Bytes in memory. */
    static Source of(byte[] bytes) {
        return new Source() {
            @Override
            public void read(long offset, ByteBuffer target) {
                target.put(bytes, Math.toIntExact(offset), target.remaining());
            }

            @Override
            public void close() {
                // Nothing is held.
            }
        };
    }
}
