package io.lighterage.blockdev.image;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Gathers a layer's data blob into writes of a MiB, and counts it. Owned by the thread that flattens the layer. */
final class BlockWriter {
    private static final int BUFFER = 1 << 20;

    private final DataSink sink;
    private final long most;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    private long length;

    /** @param most bytes that the blob may have */
    BlockWriter(DataSink sink, long most) {
        this.sink = sink;
        this.most = most;
    }

    /** Bytes written so far. */
    long length() {
        return length;
    }

    void write(byte[] bytes, int offset, int count) throws IOException, InterruptedException {
        grow(count);
        int at = offset;
        int left = count;
        while (left > 0) {
            int step = Math.min(left, buffer.remaining());
            buffer.put(bytes, at, step);
            at += step;
            left -= step;
            flushIfFull();
        }
    }

    void zeros(long count) throws IOException, InterruptedException {
        grow(count);
        long left = count;
        while (left > 0) {
            int step = (int) Math.min(left, buffer.remaining());
            // The buffer holds what it was used for before.
            for (int end = buffer.position() + step; buffer.position() < end; ) {
                buffer.put((byte) 0);
            }
            left -= step;
            flushIfFull();
        }
    }

    /** Fills the block that was begun with zeros. */
    void align() throws IOException, InterruptedException {
        zeros(-length & DeviceMap.BLOCK - 1);
    }

    /** Sends on what is gathered. */
    void flush() throws IOException, InterruptedException {
        buffer.flip();
        if (buffer.hasRemaining()) {
            sink.write(buffer);
        }
        buffer.clear();
    }

    private void grow(long count) throws TarException {
        length += count;
        if (length > most) {
            throw new TarException("the files of the layer have over " + most + " bytes, the limit");
        }
    }

    private void flushIfFull() throws IOException, InterruptedException {
        if (!buffer.hasRemaining()) {
            flush();
        }
    }
}
