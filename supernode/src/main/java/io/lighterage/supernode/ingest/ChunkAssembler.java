package io.lighterage.supernode.ingest;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.exchange.Upstream;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Cuts a run of bytes into chunks. It keeps a half-filled chunk when its stream breaks, so that the next stream begins
 * at the very next byte. Chunks that the store had before are passed over. Used by one thread.
 */
final class ChunkAssembler implements Upstream.Sink, AutoCloseable {
    private final BlobInfo info;
    private final ChunkSet had;
    private final BufferPool buffers;
    private final ChunkSink chunks;
    private long position;
    private ByteBuffer chunk;

    /** Takes whole chunks. */
    @FunctionalInterface
    interface ChunkSink {
        /** Takes {@code data}, a buffer of the pool ready to be read, and gives it back there. */
        void accept(int index, ByteBuffer data) throws IOException, InterruptedException;
    }

    /**
     * @param position offset of the first byte, at the start of a chunk
     * @param had the chunks that need not be brought; not changed by anybody any more
     */
    ChunkAssembler(BlobInfo info, ChunkSet had, long position, BufferPool buffers, ChunkSink chunks) {
        this.info = info;
        this.had = had;
        this.position = position;
        this.buffers = buffers;
        this.chunks = chunks;
    }

    /** Offset in the blob of the next byte. */
    long position() {
        return position;
    }

    @Override
    public void accept(ByteBuffer piece) throws IOException, InterruptedException {
        while (piece.hasRemaining()) {
            if (position >= info.length()) {
                throw new IOException(
                        "more bytes came for " + info.digest() + " than the " + info.length() + " that it has");
            }
            int index = info.chunkAt(position);
            long chunkEnd = info.offsetOf(index) + info.lengthOf(index);
            int count = (int) Math.min(piece.remaining(), chunkEnd - position);
            if (had.contains(index)) {
                piece.position(piece.position() + count);
                position += count;
                continue;
            }
            if (chunk == null) {
                chunk = buffers.take(info.chunkLength());
            }
            chunk.put(piece.slice(piece.position(), count));
            piece.position(piece.position() + count);
            position += count;
            if (position == chunkEnd) {
                ByteBuffer whole = chunk.flip();
                chunk = null;
                chunks.accept(index, whole);
            }
        }
    }

    /** Gives back the memory of a half-filled chunk. */
    @Override
    public void close() {
        if (chunk != null) {
            buffers.giveBack(chunk);
            chunk = null;
        }
    }
}
