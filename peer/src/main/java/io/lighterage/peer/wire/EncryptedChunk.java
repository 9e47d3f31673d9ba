package io.lighterage.peer.wire;

import io.lighterage.peer.store.BlobReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.stream.ChunkedInput;
import java.io.IOException;

/**
 * A part of a data file on its way through TLS, read piece by piece as the connection takes it: a slow reader costs a
 * piece and not a chunk. The lease is its owner's to give back. Owned by the event loop.
 */
final class EncryptedChunk implements ChunkedInput<ByteBuf> {
    /** Four records of TLS. */
    private static final int PIECE = 64 << 10;

    private final BlobReader reader;
    private final long offset;
    private final int length;
    private int read;

    EncryptedChunk(BlobReader reader, long offset, int length) {
        this.reader = reader;
        this.offset = offset;
        this.length = length;
    }

    @Override
    public boolean isEndOfInput() {
        return read == length;
    }

    @Override
    public ByteBuf readChunk(ByteBufAllocator allocator) throws IOException {
        int size = Math.min(PIECE, length - read);
        ByteBuf piece = allocator.heapBuffer(size, size);
        try {
            reader.read(offset + read, piece.internalNioBuffer(0, size));
        } catch (IOException | RuntimeException e) {
            piece.release();
            throw e;
        }
        read += size;
        return piece.writerIndex(size);
    }

    /** @deprecated Netty has it so. */
    @Deprecated
    @Override
    public ByteBuf readChunk(ChannelHandlerContext context) throws IOException {
        return readChunk(context.alloc());
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public long progress() {
        return read;
    }

    @Override
    public void close() {
        read = length;
    }
}
