package io.lighterage.peer.wire;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.content.Repository;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One message between two hosts.
 *
 * <p>A blob's traffic begins with {@link Open}: "I want this blob, tell me of it." The supernode answers with the
 * {@link Table} as far as it is known (more follows as the blob arrives from upstream), with {@link Peers} worth
 * connecting to, or with {@link Refused}. A node answers with the {@link Have} of what it holds, or with
 * {@link Refused} to whoever showed no {@link Granted grant} that covers the blob. From then on
 * either side of a connection on which a blob was opened tells the other what it newly holds, until {@link Close}.
 * {@link Want} asks for a chunk and is answered by exactly one of {@link Chunk}, {@link Busy}, {@link Later} or
 * nothing after {@link Cancel}.
 */
public sealed interface Frame {
    /** The index in a {@link Want} that leaves the choice of the chunk to the supernode. */
    int ANY = -1;

    /** Most hashes that one {@link Table} carries; a longer run is sent in several. */
    int MOST_HASHES = 16_384;

    /** Most addresses that one {@link Peers} carries. */
    int MOST_PEERS = 1024;

    /**
     * Wants to be told about a blob.
     *
     * @param origin where upstream has it; from a node to the supernode only
     * @param table whether a node should answer with its {@link Table} too, and the supernode send it even if it did so
     *     before: it sends it by itself to whoever has not opened the blob yet
     * @param want the number of a {@link Want} of {@link #ANY} chunk that goes with the question if the blob turns out to
     *     have just one, so that a small blob takes one question. Else there is no such want. A node that is asked so
     *     answers the want alone, and has no conversation about the blob
     */
    record Open(Digest digest, Optional<Origin> origin, boolean table, OptionalInt want) implements Frame {
        /** The same without a want. */
        public Open(Digest digest, Optional<Origin> origin, boolean table) {
            this(digest, origin, table, OptionalInt.empty());
        }
    }

    /**
     * Where upstream has a blob and by whose right it is asked for.
     *
     * @param authorization the client's own {@code Authorization} header, empty if there was none
     */
    record Origin(Repository repository, String authorization) {
        /** Leaves the credential out, so that it cannot reach a log. */
        @Override
        public String toString() {
            return "Origin[" + repository + (authorization.isEmpty() ? "]" : ", with credentials]");
        }
    }

    /**
     * Shows by whose leave the sender reads. From the supernode: a grant for the receiver, of the blob whose
     * {@link Open} is answered next. To others: the sender's own, before it opens a blob.
     *
     * @param token a {@link io.lighterage.peer.grant.Grant} with its signature, unchecked
     */
    record Granted(byte[] token) implements Frame {}

    /** No longer wants to be told about a blob; every unanswered want of it is cancelled. */
    record Close(Digest digest) implements Frame {}

    /**
     * The blob's shape and the hashes of chunks {@code first ..}.
     *
     * @param hashes a multiple of 32 bytes; may be empty
     */
    record Table(Digest digest, long length, int chunkLength, int first, byte[] hashes) implements Frame {}

    /** The blob cannot be had: what upstream, or the supernode in its place, answered over HTTP. */
    record Refused(Digest digest, Refusal refusal) implements Frame {}

    /**
     * An HTTP answer other than success.
     *
     * @param status 400 to 599
     * @param challenge the {@code WWW-Authenticate} header, or empty
     * @param retryAfter the {@code Retry-After} header, or empty
     * @param body the body, at most 64 KiB
     */
    record Refusal(int status, String challenge, String retryAfter, byte[] body) {
        /** Whether nobody decided that the blob may not be had: upstream is down, or has no time now. */
        public boolean isOutage() {
            return status >= 500 || status == 429;
        }
    }

    /**
     * Nodes that hold or fetch the blob.
     *
     * @param share which of the chunks the receiver is to bring into its rack: those whose index leaves this remainder
     * @param shares when divided by this, 1 to 65535; a receiver that nobody shares the work with has share 0 of 1
     */
    record Peers(Digest digest, int share, int shares, List<PeerAddress> peers) implements Frame {}

    /** Holds these chunks; adds to what was said before. The set's size says how many chunks the blob has. */
    record Have(Digest digest, ChunkSet chunks) implements Frame {}

    /**
     * Asks for a chunk.
     *
     * @param request the asker's number for it, unique on the connection among those unanswered
     * @param index which chunk, or {@link #ANY}
     * @param has how many chunks of the blob the asker has, for those who lag go first; 0 for what a whole rack lacks
     */
    record Want(int request, Digest digest, int index, Priority priority, int has) implements Frame {
        /** The same of an asker that has nothing yet. */
        public Want(int request, Digest digest, int index, Priority priority) {
            this(request, digest, index, priority, 0);
        }
    }

    /** Takes a {@link Want} back; its answer may cross this on the way. */
    record Cancel(int request) implements Frame {}

    /** Will not answer a {@link Want} now; ask elsewhere, or again after so long. */
    record Busy(int request, int retryAfterMillis) implements Frame {}

    /**
     * Other hosts have just been sent the chunk of a {@link Want}: ask them, or again after so long. Other chunks may
     * be asked for at once. Where the want was of {@link #ANY} chunk, for a blob that has just one, {@link Peers} follow
     * that have it or are about to.
     */
    record Later(int request, int retryAfterMillis) implements Frame {}

    /** The blob turned out not to have the bytes that its digest names: drop it. */
    record Withdrawn(Digest digest) implements Frame {}

    /** The sender is about to close the connection. */
    record Goodbye(String reason) implements Frame {}

    /** Asks for a {@link Pong} with the same number; keeps the connection alive and measures it. */
    record Ping(long nonce) implements Frame {}

    /** Answers a {@link Ping}. */
    record Pong(long nonce) implements Frame {}

    /**
     * A chunk's bytes as received, plain whatever the wire carried. Whoever takes the frame releases {@code data}.
     *
     * @param request the number of the {@link Want} that it answers
     */
    record Chunk(int request, Digest digest, int index, ByteBuf data) implements Frame {}
}
