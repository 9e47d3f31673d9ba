package io.lighterage.peer.store;

import java.nio.ByteBuffer;

/**
 * A blob in the making, whose digest is known only at its end. Nobody sees it before it is finished, and a crash leaves
 * nothing of it. For use by one thread.
 */
public interface BlobWriter extends AutoCloseable {
    /**
     * Adds the remaining bytes of {@code data}, which is consumed. They are copied, and hashed and written by other
     * threads; waits while those are behind.
     *
     * @throws StoreException if these bytes or earlier ones could not be written, or the blob became longer than
     *     {@link io.lighterage.peer.content.BlobInfo#LONGEST}
     */
    void append(ByteBuffer data) throws StoreException, InterruptedException;

    /** Number of bytes so far. */
    long length();

    /**
     * Makes the blob of all bytes so far: complete, verified and durable. If the store has a verified and complete blob
     * of these bytes already, that one is answered, whatever its chunk length; one that is partial is withdrawn for
     * this one.
     *
     * @throws StoreException if it cannot be written; then nothing of it is in the store
     */
    StoredBlob finish() throws StoreException, InterruptedException;

    /** Discards what was written unless it was finished. Idempotent. */
    @Override
    void close();
}
