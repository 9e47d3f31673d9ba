package io.lighterage.supernode.convert;

import io.lighterage.peer.exchange.BlobSlice;
import io.lighterage.peer.exchange.BlobStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.LongConsumer;

/** A blob's bytes as they arrive. For one thread; closing the stream of the blob is its opener's. */
final class BlobStreamInput extends InputStream {
    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final int MOST = 1 << 20;

    private final BlobStream stream;
    private final LongConsumer count;
    private BlobSlice slice;
    private long at;

    /** @param count is told the number of bytes of each read */
    BlobStreamInput(BlobStream stream, LongConsumer count) {
        this.stream = stream;
        this.count = count;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (slice == null || at == slice.range().end()) {
            advance();
            if (slice == null) {
                return -1;
            }
        }
        int step = (int) Math.min(length, slice.range().end() - at);
        slice.reader().read(at, ByteBuffer.wrap(target, offset, step));
        at += step;
        count.accept(step);
        return step;
    }

    private void advance() throws IOException {
        close();
        try {
            slice = stream.next(MOST, DEADLINE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while blob " + stream.info().digest() + " came in");
        }
        at = slice == null ? 0 : slice.range().offset();
    }

    /** Gives the last bytes back to the store. */
    @Override
    public void close() {
        if (slice != null) {
            slice.close();
            slice = null;
        }
    }
}
