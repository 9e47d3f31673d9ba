package io.lighterage.supernode.ingest;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.content.ChunkSet;
import java.util.Optional;

/**
 * The parts of a blob that are still to be read, claimed in order so that chunks arrive nearly in order. Each is
 * claimed once: that is what makes every byte be read once. Safe for use by several threads.
 */
final class Segments {
    private final BlobInfo info;
    private final ChunkSet present;
    private final int most;
    private int next;

    /**
     * The segments of what {@code present} lacks.
     *
     * @param longest bytes in a segment, rounded down to chunks, one chunk at least
     */
    Segments(BlobInfo info, ChunkSet present, long longest) {
        this.info = info;
        this.present = present.copy();
        this.most = Math.clamp(longest / info.chunkLength(), 1, Integer.MAX_VALUE);
    }

    /** The next run of missing chunks, as a range of bytes. */
    synchronized Optional<ByteRange> claim() {
        int first = present.nextMissing(next);
        if (first >= info.chunkCount()) {
            return Optional.empty();
        }
        int end = first + 1;
        while (end < info.chunkCount() && end - first < most && !present.contains(end)) {
            end++;
        }
        next = end;
        return Optional.of(range(first, end));
    }

    /** Claims everything before {@code end}, which a first answer brings. */
    synchronized void claimTo(long end) {
        next = Math.max(next, (int) ((end + info.chunkLength() - 1) / info.chunkLength()));
    }

    /** Whether nothing is left to claim. */
    synchronized boolean isExhausted() {
        return present.nextMissing(next) >= info.chunkCount();
    }

    private ByteRange range(int first, int end) {
        long offset = info.offsetOf(first);
        return new ByteRange(offset, Math.min(info.length(), (long) end * info.chunkLength()) - offset);
    }
}
