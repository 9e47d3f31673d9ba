package io.lighterage.proxy;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The body of a request, read on another thread than the connection's. A few pieces wait here; the client is held back
 * while they are not read. The event loop puts, one thread takes.
 */
final class RequestBody extends InputStream {
    private static final int WINDOW = 8;
    private static final Object END = new Object();

    private final LinkedBlockingQueue<Object> arrived = new LinkedBlockingQueue<>();
    private final HttpServerRequest request;
    private final Context context;
    private final Duration stallDeadline;
    private Buffer current = Buffer.buffer();
    private int position;
    private boolean ended;

    /** Begins to receive; on the request's event loop. */
    RequestBody(HttpServerRequest request, Context context, Duration stallDeadline) {
        this.request = request;
        this.context = context;
        this.stallDeadline = stallDeadline;
        request.pause();
        request.handler(arrived::add);
        request.endHandler(end -> arrived.add(END));
        request.exceptionHandler(arrived::add);
        request.fetch(WINDOW);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        while (position == current.length() && !ended) {
            take();
        }
        if (ended) {
            return -1;
        }
        int count = Math.min(length, current.length() - position);
        current.getBytes(position, position + count, target, offset);
        position += count;
        return count;
    }

    private void take() throws IOException {
        try {
            switch (arrived.poll(stallDeadline.toNanos(), TimeUnit.NANOSECONDS)) {
                case null -> throw new SocketTimeoutException("the client sent nothing for " + stallDeadline);
                case Throwable failure -> throw new IOException("the client broke off: " + failure.getMessage(), failure);
                case Buffer piece -> {
                    current = piece;
                    position = 0;
                    context.runOnContext(ignored -> request.fetch(1));
                }
                default -> ended = true;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a client pushes");
        }
    }
}
