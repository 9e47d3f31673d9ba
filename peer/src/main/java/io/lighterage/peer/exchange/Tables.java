package io.lighterage.peer.exchange;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.Frame;
import java.io.ByteArrayOutputStream;

/** Sends table entries in frames of bounded size. */
public final class Tables {
    private Tables() {}

    /** Sends the blob's shape and the entries of {@code chunks}, which must be known, in as few frames as they need. */
    public static void send(StoredBlob blob, ChunkSet chunks, Connection to) {
        BlobInfo info = blob.info();
        if (chunks.isEmpty()) {
            to.send(new Frame.Table(info.digest(), info.length(), info.chunkLength(), 0, new byte[0]));
            return;
        }
        int first = chunks.nextPresent(0);
        while (first >= 0) {
            int end = Math.min(chunks.nextMissing(first), first + Frame.MOST_HASHES);
            ByteArrayOutputStream hashes = new ByteArrayOutputStream((end - first) * Digest.BYTES);
            for (int index = first; index < end; index++) {
                hashes.writeBytes(blob.table().hash(index));
            }
            to.send(new Frame.Table(info.digest(), info.length(), info.chunkLength(), first, hashes.toByteArray()));
            first = chunks.nextPresent(end);
        }
    }
}
