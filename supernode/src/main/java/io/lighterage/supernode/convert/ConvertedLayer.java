package io.lighterage.supernode.convert;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoredBlob;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What became of a layer. As a value of a table: diffID (32 bytes), entries (32), and data (32) if it has any.
 *
 * @param diffId of its archive, as it was found
 * @param entries the blob of its entry list
 * @param data the blob of its files' bytes, if it needs one
 */
record ConvertedLayer(Digest diffId, Digest entries, Optional<Digest> data) {
    byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate((data.isPresent() ? 3 : 2) * Digest.BYTES);
        diffId.write(out);
        entries.write(out);
        data.ifPresent(digest -> digest.write(out));
        return out.array();
    }

    static ConvertedLayer decode(byte[] value) {
        ByteBuffer in = ByteBuffer.wrap(value);
        return new ConvertedLayer(
                Digest.read(in), Digest.read(in), in.hasRemaining() ? Optional.of(Digest.read(in)) : Optional.empty());
    }

    /** Whether {@code store} has its blobs whole; counts as a use of them. */
    boolean isIn(BlobStore store) {
        return isWhole(store, entries) && (data.isEmpty() || isWhole(store, data.get()));
    }

    static boolean isWhole(BlobStore store, Digest digest) {
        Optional<StoredBlob> blob = store.find(digest).filter(found -> found.isComplete() && found.isVerified());
        blob.ifPresent(StoredBlob::touch);
        return blob.isPresent();
    }
}
