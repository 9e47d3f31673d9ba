package io.lighterage.peer.store;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.ChunkTable;
import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is in memory of a blob in use. Guarded by the lock of its {@link LocalBlob}.
 *
 * <p>A usable chunk is recorded, or is being recorded by the {@link Recorder}, or waits for it. A group of chunks
 * that has one of the latter two is marked in the database, so that a restart knows where to look.
 */
final class ChunkState {
    private final BlobInfo info;
    private final ChunkTable table;
    private final ChunkSet present;
    private final BitSet marked;
    private ChunkSet waiting;
    private long presentBytes;

    /**
     * @param present usable chunks
     * @param marked groups that are marked in the database
     */
    ChunkState(ChunkTable table, ChunkSet present, BitSet marked) {
        this.info = table.info();
        this.table = table;
        this.present = present;
        this.marked = marked;
        this.waiting = new ChunkSet(info.chunkCount());
        this.presentBytes = bytesOf(info, present);
    }

    /** Number of bytes in {@code chunks} of {@code info}. */
    static long bytesOf(BlobInfo info, ChunkSet chunks) {
        int last = info.chunkCount() - 1;
        long bytes = (long) chunks.count() * info.chunkLength();
        return last >= 0 && chunks.contains(last) ? bytes - info.chunkLength() + info.lengthOf(last) : bytes;
    }

    ChunkTable table() {
        return table;
    }

    ChunkSet present() {
        return present;
    }

    long presentBytes() {
        return presentBytes;
    }

    boolean isMarked(int group) {
        return marked.get(group);
    }

    void mark(int group) {
        marked.set(group);
    }

    /** A chunk became usable and waits to be recorded; answers whether it was new. */
    boolean add(int index) {
        if (!present.add(index)) {
            return false;
        }
        waiting.add(index);
        presentBytes += info.lengthOf(index);
        return true;
    }

    boolean hasWaiting() {
        return !waiting.isEmpty();
    }

    /** The chunks that wait to be recorded; the caller records them, {@linkplain #takeBack takes} or drops them. */
    ChunkSet takeWaiting() {
        ChunkSet taken = waiting;
        if (!taken.isEmpty()) {
            waiting = new ChunkSet(info.chunkCount());
        }
        return taken;
    }

    /** Lets {@code chunks} wait again. */
    void takeBack(ChunkSet chunks) {
        waiting.addAll(chunks);
    }

    /** {@code chunks} are usable no more. */
    void drop(ChunkSet chunks) {
        chunks.forEach(index -> {
            if (present.remove(index)) {
                presentBytes -= info.lengthOf(index);
            }
        });
    }

    /** For every group that has one of {@code chunks}: the bitmap of its chunks that do not wait. */
    Map<Integer, BitSet> bitmaps(ChunkSet chunks) {
        Map<Integer, BitSet> bitmaps = new TreeMap<>();
        for (int at = chunks.nextPresent(0); at >= 0; ) {
            int group = at / BlobIndex.GROUP;
            int first = group * BlobIndex.GROUP;
            int end = Math.min(info.chunkCount(), first + BlobIndex.GROUP);
            BitSet bitmap = new BitSet();
            for (int i = first; i < end; i++) {
                if (present.contains(i) && !waiting.contains(i)) {
                    bitmap.set(i - first);
                }
            }
            bitmaps.put(group, bitmap);
            at = chunks.nextPresent(end);
        }
        return bitmaps;
    }

    /** Those of {@code groups} that are marked and have no chunk that waits. */
    BitSet settled(Iterable<Integer> groups) {
        BitSet settled = new BitSet();
        for (int group : groups) {
            int next = waiting.nextPresent(group * BlobIndex.GROUP);
            if (marked.get(group) && (next < 0 || next / BlobIndex.GROUP > group)) {
                settled.set(group);
            }
        }
        return settled;
    }

    void unmark(BitSet groups) {
        marked.andNot(groups);
    }
}
