package io.lighterage.bench.sim;

import io.lighterage.bench.flow.Event;
import io.lighterage.peer.content.ChunkSet;

/** What a host newly holds, on its way to one of those who asked. */
final class News extends Event {
    private static final int HEADER_BYTES = 48;

    private final Peering from;
    private final int blob;
    private final ChunkSet chunks;

    News(Peering from, int blob, ChunkSet chunks) {
        this.from = from;
        this.blob = blob;
        this.chunks = chunks;
    }

    /** Bytes of a frame that tells of {@code chunks}. */
    static int bytes(ChunkSet chunks) {
        return HEADER_BYTES + chunks.size() / Byte.SIZE;
    }

    @Override
    protected void happen() {
        Host to = (Host) from.other;
        if (to.alive) {
            to.holds(from.reverse, blob, chunks);
        }
    }
}
