package io.lighterage.peer.exchange;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import java.time.Duration;
import java.util.Optional;

/**
 * Reads any range of any blob.
 *
 * <p>A read answers from the store what is there and joins the single flight for each chunk that is missing,
 * whoever else wants it and at whatever priority; the most urgent priority counts. All calls block; call them on virtual
 * threads. Every wait ends by its deadline.
 *
 * <p>Example, the mirror sending a layer while it still arrives:
 * <pre>{@code
 * BlobInfo blob = exchange.describe(digest, Optional.of(source), Duration.ofSeconds(30));
 * try (BlobStream stream = exchange.stream(digest, blob.all(), Optional.of(source), Priority.PREFETCH)) {
 *     while (stream.next(1 << 20, Duration.ofSeconds(60)) instanceof BlobSlice slice) {
 *         try (slice) {
 *             send(slice);
 *         }
 *     }
 * }
 * }</pre>
 */
public interface Exchange extends AutoCloseable {
    /**
     * What the blob is, asked of the supernode or upstream where it is not known here.
     *
     * @param source where upstream has it; without one only what the datacenter holds already is found
     * @throws BlobRefusedException if upstream, or the supernode for it, refuses: with the HTTP status to pass on
     * @throws BlobUnavailableException if nobody could be asked before the deadline
     */
    BlobInfo describe(Digest digest, Optional<BlobSource> source, Duration deadline)
            throws BlobUnavailableException, InterruptedException;

    /**
     * Begins to read {@code range} in order. The stream's not yet read part counts as wanted until it is closed.
     *
     * @throws BlobUnavailableException as {@link #describe}
     * @throws IllegalArgumentException if the range reaches beyond the blob
     */
    BlobStream stream(Digest digest, ByteRange range, Optional<BlobSource> source, Priority priority)
            throws BlobUnavailableException, InterruptedException;

    /**
     * Reads {@code range} whole; the bytes are in the store when this returns.
     *
     * @throws BlobUnavailableException if the bytes could not be had by the deadline, or as {@link #describe}
     */
    default BlobSlice read(
            Digest digest, ByteRange range, Optional<BlobSource> source, Priority priority, Duration deadline)
            throws BlobUnavailableException, InterruptedException {
        try (BlobStream stream = stream(digest, range, source, priority)) {
            return stream.all(deadline);
        }
    }

    /**
     * Makes the blob known here with its whole table, and makes sure that the table is the one that {@code table} names, for
     * whoever trusts that name. The blob is verified afterwards, whoever its table came from.
     *
     * <p>An exchange whose tables are all its own needs only {@link #describe}, as here.
     *
     * @param blob as the caller trusts it to be
     * @param table {@link io.lighterage.peer.content.ChunkTable#digest()} of the blob's complete table
     * @throws BlobUnavailableException if the table did not come by the deadline; or if it is another, and then what is
     *     here of the blob is withdrawn; or as {@link #describe}
     */
    default void trust(BlobInfo blob, Digest table, Optional<BlobSource> source, Duration deadline)
            throws BlobUnavailableException, InterruptedException {
        describe(blob.digest(), source, deadline);
    }

    /**
     * Whether waiting longer for bytes of the blob is of use although none came: it is being made anew, which takes as long as
     * what it is made of takes to come, and that came nearer within the last {@code within}.
     */
    default boolean isAdvancing(Digest digest, Duration within) {
        return false;
    }

    /** What the exchange does and has done. */
    ExchangeStatistics statistics();

    /** Ends every read with an error and closes all connections. */
    @Override
    void close();
}
