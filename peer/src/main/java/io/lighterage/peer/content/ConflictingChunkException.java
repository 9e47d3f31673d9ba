package io.lighterage.peer.content;

/** Two sources gave different hashes for one chunk of a blob: one of them is wrong. */
public final class ConflictingChunkException extends RuntimeException {
    ConflictingChunkException(BlobInfo info, int index) {
        super("two different hashes for chunk " + index + " of " + info.digest());
    }
}
