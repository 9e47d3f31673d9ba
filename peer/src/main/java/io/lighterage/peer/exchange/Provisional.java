package io.lighterage.peer.exchange;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.BlobReader;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoredBlob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The check of a whole blob whose table did not come from a supernode. */
final class Provisional {
    private static final Logger LOG = LoggerFactory.getLogger(Provisional.class);
    private static final int PIECE = 256 << 10;

    private Provisional() {}

    /**
     * Hashes a complete blob and confirms it, or withdraws it from the store.
     *
     * @throws BlobUnavailableException if the bytes are not those that the digest names; the blob is gone then
     */
    static void confirm(BlobStore store, StoredBlob blob) throws IOException {
        BlobInfo info = blob.info();
        MessageDigest hash = Digest.sha256();
        try (BlobReader reader = blob.open()) {
            ByteBuffer piece = ByteBuffer.allocate(PIECE);
            for (long offset = 0; offset < info.length(); offset += piece.limit()) {
                piece.clear().limit((int) Math.min(PIECE, info.length() - offset));
                reader.read(offset, piece);
                hash.update(piece.flip());
            }
        }
        if (!Digest.finish(hash).equals(info.digest())) {
            store.delete(info.digest());
            throw new BlobUnavailableException("blob " + info.digest() + " had other bytes than its digest names; withdrawn");
        }
        blob.setVerified();
    }

    /** The same at the end of a transfer. */
    static void check(BlobStore store, SwarmState state, Transfer transfer) {
        try {
            confirm(store, transfer.blob);
        } catch (IOException e) {
            LOG.warn("{}", e.getMessage());
            state.fail(transfer, e instanceof BlobUnavailableException known
                    ? known
                    : new BlobUnavailableException("blob " + transfer.digest() + " cannot be checked: " + e.getMessage(), e));
        }
    }
}
