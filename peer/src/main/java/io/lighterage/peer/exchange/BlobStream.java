package io.lighterage.peer.exchange;

import io.lighterage.peer.content.BlobInfo;
import java.time.Duration;

/** A range of a blob being read in order by one thread. Close it, from any thread, to stop wanting the rest. */
public interface BlobStream extends AutoCloseable {
    /** The blob. */
    BlobInfo info();

    /**
     * Waits until the next byte is there, then answers as many bytes as are there in one piece, at most {@code most};
     * {@code null} at the end of the range.
     *
     * @param most 1 or more
     * @throws BlobUnavailableException if no byte came within {@code deadline}, or the blob was withdrawn
     */
    BlobSlice next(int most, Duration deadline) throws BlobUnavailableException, InterruptedException;

    /** Waits for all the rest of the range and answers it as one slice. */
    BlobSlice all(Duration deadline) throws BlobUnavailableException, InterruptedException;

    /** Whether all the rest of the range is in the store already. */
    boolean isLocal();

    /** Stops wanting, and ends a wait that is under way with an error. Idempotent. */
    @Override
    void close();
}
