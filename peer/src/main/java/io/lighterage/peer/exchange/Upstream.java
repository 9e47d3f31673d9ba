package io.lighterage.peer.exchange;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** The upstream registry as the exchange sees it: where the bytes of a blob come from when nobody else has them. */
public interface Upstream {
    /**
     * What the blob is, and how it is cut where nobody else has cut it.
     *
     * @throws BlobRefusedException if the registry refuses
     * @throws IOException if it cannot be reached
     */
    BlobInfo describe(Digest digest, BlobSource source) throws IOException, InterruptedException;

    /** Whether the blob is made of something else whenever it is read, so that any range of it costs as much as all of it. */
    default boolean isMade(Digest digest) {
        return false;
    }

    /** Whether the blob is being made, and what it is made of came nearer within the last {@code within}. */
    default boolean isAdvancing(Digest digest, Duration within) {
        return false;
    }

    /**
     * Reads {@code length} bytes from {@code offset} on, in order, resuming by itself where a connection breaks.
     *
     * @param sink is given the bytes in pieces of any size, on the calling thread, and consumes each wholly; may
     *     throw to stop the read
     */
    void read(Digest digest, BlobSource source, long offset, long length, Sink sink)
            throws IOException, InterruptedException;

    /** Takes bytes as they arrive. */
    @FunctionalInterface
    interface Sink {
        /** Consumes {@code piece}, which is the callee's only until it returns. */
        void accept(ByteBuffer piece) throws IOException, InterruptedException;
    }
}
