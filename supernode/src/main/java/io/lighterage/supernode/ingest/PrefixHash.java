package io.lighterage.supernode.ingest;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.BlobReader;
import io.lighterage.peer.store.StoredBlob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/**
 * Hashes a blob from its start while it arrives in whatever order, on a thread of its own so that it costs the streams
 * no time where there is a second core. It reads back what the store has just written, which the page cache still has;
 * only the chunk that is held back comes from memory.
 *
 * <p>{@code written} and the held chunk are guarded by this.
 */
final class PrefixHash {
    private static final int PIECE = 64 << 10;

    private final StoredBlob blob;
    private final BlobInfo info;
    private final ChunkSet written;
    private int heldIndex = -1;
    private ByteBuffer held;

    PrefixHash(StoredBlob blob, ChunkSet present) {
        this.blob = blob;
        this.info = blob.info();
        this.written = present.copy();
    }

    /** Chunk {@code index} can be read from the store now. */
    synchronized void written(int index) {
        written.add(index);
        notifyAll();
    }

    /** Chunk {@code index} is in memory; {@code data} stays as it is until {@link #compute} has ended. */
    synchronized void held(int index, ByteBuffer data) {
        heldIndex = index;
        held = data.duplicate();
        notifyAll();
    }

    /** The digest of the whole blob, once every chunk was there. Ends by interruption if the rest never comes. */
    Digest compute(Task task) throws IOException, InterruptedException {
        MessageDigest hash = Digest.sha256();
        if (info.chunkCount() == 0) {
            return Digest.finish(hash);
        }
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        try (BlobReader reader = task.store(blob::open)) {
            for (int index = 0; index < info.chunkCount(); index++) {
                ByteBuffer memory = await(index);
                if (memory != null) {
                    hash.update(memory);
                } else {
                    hashStored(index, reader, piece, hash, task);
                }
            }
        }
        return Digest.finish(hash);
    }

    private synchronized ByteBuffer await(int index) throws InterruptedException {
        while (!written.contains(index) && heldIndex != index) {
            wait();
        }
        return heldIndex == index ? held.duplicate() : null;
    }

    private void hashStored(int index, BlobReader reader, ByteBuffer piece, MessageDigest hash, Task task)
            throws IOException, InterruptedException {
        long offset = info.offsetOf(index);
        long end = offset + info.lengthOf(index);
        while (offset < end) {
            piece.clear().limit((int) Math.min(PIECE, end - offset));
            long at = offset;
            task.store(() -> {
                reader.read(at, piece);
                return null;
            });
            offset += piece.position();
            hash.update(piece.flip());
        }
    }
}
