package io.lighterage.peer.store;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import java.nio.ByteBuffer;

/**
 * What the database holds of a blob in one value: length (8 bytes), chunk length (4), verified (1), last use (8).
 * Numbers are big endian.
 *
 * @param info what the blob is
 * @param verified whether its table belongs to its digest
 * @param lastUseMs milliseconds since the epoch
 */
record BlobRecord(BlobInfo info, boolean verified, long lastUseMs) {
    private static final int BYTES = 8 + 4 + 1 + 8;

    /** Reads the value of {@code digest}. */
    static BlobRecord decode(Digest digest, byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        return new BlobRecord(new BlobInfo(digest, in.getLong(), in.getInt()), in.get() != 0, in.getLong());
    }

    byte[] encode() {
        return ByteBuffer.allocate(BYTES)
                .putLong(info.length())
                .putInt(info.chunkLength())
                .put((byte) (verified ? 1 : 0))
                .putLong(lastUseMs)
                .array();
    }

    BlobRecord withVerified() {
        return new BlobRecord(info, true, lastUseMs);
    }

    BlobRecord withLastUse(long nowMs) {
        return new BlobRecord(info, verified, nowMs);
    }
}
