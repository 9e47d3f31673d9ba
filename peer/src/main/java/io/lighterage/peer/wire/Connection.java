package io.lighterage.peer.wire;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.store.BlobReader;
import java.net.InetSocketAddress;

/**
 * One open, introduced connection to another host. There is one for each pair of hosts, whoever opened it.
 * Safe for use by several threads; nothing here blocks.
 */
public interface Connection {
    /** How the other side introduced itself. */
    Hello peer();

    /** The other side's address as seen here. */
    InetSocketAddress remoteAddress();

    /** Sends a frame that is not a chunk, ahead of all chunks that wait. Does nothing once the connection is closed. */
    void send(Frame frame);

    /**
     * Sends a chunk from a data file: by sendfile, or compressed where that was negotiated and is worth it. Chunks
     * leave in order of priority, those of one priority in order of this call.
     *
     * @param reader a lease that this call owns from here on and closes when the bytes have left or never will
     * @param onDone runs once, on any thread, when the bytes were handed to the kernel ({@code true}) or never will be
     *     ({@code false})
     */
    void sendChunk(
            int request,
            Digest digest,
            int index,
            Priority priority,
            BlobReader reader,
            long offset,
            int length,
            ChunkSent onDone);

    /** Bytes of chunks that wait here or are half written. */
    long queuedBytes();

    /** Round-trip time by the last ping in nanoseconds, or 0 before the first answer. */
    long roundTripNs();

    /**
     * By how many nanoseconds a round trip of TCP now takes longer than the shortest one seen here: what waits on the way
     * where a link is full. 0 if that is unknown.
     */
    long delayNs();

    /** Payload and framing bytes received so far. */
    long bytesReceived();

    /** Payload and framing bytes sent so far. */
    long bytesSent();

    /** Says goodbye with a reason and closes; idempotent. */
    void close(String reason);

    /** What became of a chunk. */
    @FunctionalInterface
    interface ChunkSent {
        /** Called once; {@code sent} says whether all its bytes went to the kernel. */
        void done(boolean sent);
    }
}
