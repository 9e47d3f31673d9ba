package io.lighterage.blockdev.snapshotter;

import io.lighterage.peer.exchange.BlobSlice;
import io.lighterage.peer.exchange.BlobStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;

/** A blob read from its start while it arrives. Owned by one thread. */
final class BlobInput extends InputStream {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int PIECE = 256 << 10;

    private final BlobStream stream;
    private byte[] piece = new byte[0];
    private int at;

    BlobInput(BlobStream stream) {
        this.stream = stream;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (at == piece.length && !fill()) {
            return -1;
        }
        int count = Math.min(length, piece.length - at);
        System.arraycopy(piece, at, into, offset, count);
        at += count;
        return count;
    }

    private boolean fill() throws IOException {
        try (BlobSlice slice = stream.next(PIECE, DEADLINE)) {
            if (slice == null) {
                return false;
            }
            piece = slice.bytes();
            at = 0;
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a layer was read");
        }
    }

    @Override
    public void close() {
        stream.close();
    }
}
