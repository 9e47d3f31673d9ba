package io.lighterage.proxy;

import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.exchange.BlobSlice;
import io.lighterage.peer.exchange.BlobStream;
import io.lighterage.peer.exchange.BlobUnavailableException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/**
 * Writes the bytes of blobs into one response: from the file by sendfile where all of it is there, else piece by piece
 * as it arrives. At most {@link #WINDOW} pieces of {@link #PIECE} bytes are in memory; the thread waits while the client
 * does not read, and holds no carrier thread meanwhile.
 */
final class BlobSender {
    /** Bytes read from the store at once. */
    static final int PIECE = 256 << 10;

    /** Pieces that may be written and not yet taken by the connection. */
    static final int WINDOW = 3;

    /** A file goes out in regions of this many bytes, each of which may take the stall deadline. */
    private static final long REGION = 1 << 20;

    private final Call call;
    private final Duration stallDeadline;
    private final LongAdder bytesOut;
    private final Semaphore window = new Semaphore(WINDOW);
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    BlobSender(Call call, Duration stallDeadline, LongAdder bytesOut) {
        this.call = call;
        this.stallDeadline = stallDeadline;
        this.bytesOut = bytesOut;
    }

    /** Sends bytes that are all in the file, as the whole body. The head must not have been written. */
    void sendFile(BlobSlice slice) throws IOException, InterruptedException {
        ByteRange range = slice.range();
        Promise<Void> sent = Promise.promise();
        call.onLoop(() -> call.response()
                .sendFile(slice.reader().channel(), range.offset(), range.length())
                .onComplete(sent));
        Duration slowest = stallDeadline.multipliedBy(1 + range.length() / REGION);
        try {
            call.await(sent.future(), slowest);
            bytesOut.add(range.length());
        } finally {
            // The file stays leased until the event loop is done with it, also when the client was given up.
            settle(sent.future());
        }
    }

    private static void settle(Future<Void> sent) throws InterruptedException {
        if (sent.isComplete()) {
            return;
        }
        Semaphore done = new Semaphore(0);
        sent.onComplete(ignored -> done.release());
        if (!done.tryAcquire(10, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the event loop has not answered for 10 s");
        }
    }

    /** Sends a slice of at most {@link #PIECE} bytes as the whole body: head and body go out at once. Closes it. */
    void send(BlobSlice slice) throws IOException, InterruptedException {
        int length = Math.toIntExact(slice.range().length());
        try (BlobSlice whole = slice) {
            Future<Void> sent = hand(read(whole, whole.range().offset(), length), call.response()::end);
            bytesOut.add(length);
            call.await(sent, stallDeadline);
        }
    }

    /** Hands {@code piece} to the response, which releases it. */
    private static Future<Void> hand(ByteBuf piece, Function<Buffer, Future<Void>> how) {
        boolean handed = false;
        try {
            Future<Void> done = how.apply(BufferInternal.buffer(piece)).onComplete(ignored -> piece.release());
            handed = true;
            return done;
        } finally {
            if (!handed) {
                piece.release();
            }
        }
    }

    private static ByteBuf read(BlobSlice slice, long offset, int length) throws IOException {
        ByteBuf piece = ByteBufAllocator.DEFAULT.directBuffer(length, length);
        boolean read = false;
        try {
            slice.reader().read(offset, piece.nioBuffer(0, length));
            piece.writerIndex(length);
            read = true;
            return piece;
        } finally {
            if (!read) {
                piece.release();
            }
        }
    }

    /** Writes a few bytes of framing. */
    void write(byte[] bytes) throws IOException, InterruptedException {
        acquire();
        call.response().write(Buffer.buffer(bytes)).onComplete(done -> release(done.cause()));
    }

    /**
     * Writes {@code first}, then the rest of the stream. Closes {@code first}.
     *
     * @param length bytes that these must be together: that many were announced to the client
     * @throws BlobUnavailableException if they do not come, or are fewer
     */
    void copy(BlobSlice first, BlobStream stream, long length) throws IOException, InterruptedException {
        long copied = 0;
        BlobSlice slice = first;
        while (slice != null) {
            try (BlobSlice current = slice) {
                copy(current);
                copied += current.range().length();
            }
            slice = stream.next(PIECE, stallDeadline);
        }
        if (copied != length) {
            throw new BlobUnavailableException(
                    "blob " + stream.info().digest() + " ended after " + copied + " of " + length + " bytes");
        }
    }

    private void copy(BlobSlice slice) throws IOException, InterruptedException {
        ByteRange range = slice.range();
        for (long offset = range.offset(); offset < range.end(); offset += PIECE) {
            acquire();
            int length = (int) Math.min(PIECE, range.end() - offset);
            boolean written = false;
            try {
                hand(read(slice, offset, length), call.response()::write).onComplete(done -> release(done.cause()));
                written = true;
                bytesOut.add(length);
            } finally {
                if (!written) {
                    window.release();
                }
            }
        }
    }

    /** Ends the body and waits until all of it is with the connection. */
    void finish() throws IOException, InterruptedException {
        for (int i = 0; i < WINDOW; i++) {
            acquire();
        }
        call.await(call.response().end(), stallDeadline);
    }

    private void acquire() throws IOException, InterruptedException {
        if (!window.tryAcquire(stallDeadline.toNanos(), TimeUnit.NANOSECONDS)) {
            throw new IOException("the client did not read for " + stallDeadline.toSeconds() + " s");
        }
        if (failure.get() != null) {
            throw new IOException("the connection broke: " + failure.get().getMessage(), failure.get());
        }
    }

    private void release(Throwable cause) {
        if (cause != null) {
            failure.compareAndSet(null, cause);
        }
        window.release();
    }
}
