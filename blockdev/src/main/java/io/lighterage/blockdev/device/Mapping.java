package io.lighterage.blockdev.device;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.store.BlobReader;
import io.lighterage.peer.store.StoredBlob;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel.MapMode;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A stored blob's data file in memory, and which of its chunks are known to be present. What lies in missing chunks
 * reads as zeros, so every byte is asked for by its chunk first.
 *
 * <p>Remembered presence only grows. It holds as long as the blob has {@linkplain StoredBlob#losses() lost} nothing; a
 * mapping that outlived a loss has nothing any more, and a new one is made.
 */
final class Mapping {
    /** Others may be interrupted in the channel that is shared with them, which closes it. */
    private static final int MOST_TRIES = 16;

    private final StoredBlob stored;
    private final BlobInfo info;
    private final int losses;
    private final MemorySegment bytes;

    /** A bit for each chunk; bits are only ever set. */
    private final AtomicLongArray present;

    private Mapping(StoredBlob stored, int losses, MemorySegment bytes) {
        this.stored = stored;
        this.info = stored.info();
        this.losses = losses;
        this.bytes = bytes;
        this.present = new AtomicLongArray((info.chunkCount() + Long.SIZE - 1) / Long.SIZE);
    }

    /** Maps the file of {@code stored} for as long as {@code arena} lives. */
    static Mapping of(StoredBlob stored, Arena arena) throws IOException {
        // Before the look at the chunks: a loss in between makes the mapping useless, not wrong.
        int losses = stored.losses();
        Mapping mapping = new Mapping(stored, losses, map(stored, arena));
        MappedPages.OF_PROCESS.add(arena, mapping.bytes);
        ChunkSet chunks = stored.present();
        chunks.forEach(mapping::remember);
        return mapping;
    }

    private static MemorySegment map(StoredBlob stored, Arena arena) throws IOException {
        try (BlobReader reader = stored.open()) {
            for (int tries = 1; ; tries++) {
                try {
                    return reader.channel().map(MapMode.READ_ONLY, 0, stored.info().length(), arena);
                } catch (ClosedChannelException e) {
                    if (tries == MOST_TRIES || Thread.currentThread().isInterrupted()) {
                        throw e;
                    }
                }
            }
        }
    }

    /** Whether the blob was withdrawn or lost chunks since. */
    boolean isStale() {
        return stored.losses() != losses;
    }

    /** Whether chunk {@code index} is here. */
    boolean has(int index) {
        if ((present.get(index >> 6) & 1L << index) == 0) {
            if (!stored.has(index)) {
                return false;
            }
            remember(index);
        }
        return !isStale();
    }

    private void remember(int index) {
        long bit = 1L << index;
        present.accumulateAndGet(index >> 6, bit, (before, more) -> before | more);
    }

    /** The bytes of the range, or null if any of its chunks is missing. */
    MemorySegment view(long offset, long length) {
        int last = info.chunkAt(offset + length - 1);
        for (int index = info.chunkAt(offset); index <= last; index++) {
            if (!has(index)) {
                return null;
            }
        }
        MappedPages.OF_PROCESS.touch(length);
        return bytes.asSlice(offset, length);
    }
}
