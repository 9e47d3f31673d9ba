package io.lighterage.supernode.upstream;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A body that is read piece by piece and fails when nothing comes for a while, which the platform's client does not
 * watch. At most two pieces wait here, so a slow reader slows the sender.
 *
 * <p>The HTTP client's thread puts, one reading thread takes; {@code subscription} and {@code closed} are guarded by
 * this.
 */
final class TimedBody extends InputStream implements BodySubscriber<TimedBody> {
    private static final Logger LOG = LoggerFactory.getLogger(TimedBody.class);
    private static final Object END = new Object();

    private final LinkedBlockingQueue<Object> arrived = new LinkedBlockingQueue<>();
    private final long stallNs;
    private final LongAdder received;
    private Flow.Subscription subscription;
    private boolean closed;
    private List<ByteBuffer> pieces = List.of();
    private int nextPiece;
    private ByteBuffer current = ByteBuffer.allocate(0);
    private boolean ended;

    TimedBody(Duration stallTimeout, LongAdder received) {
        this.stallNs = stallTimeout.toNanos();
        this.received = received;
    }

    @Override
    public CompletionStage<TimedBody> getBody() {
        return CompletableFuture.completedStage(this);
    }

    @Override
    public synchronized void onSubscribe(Flow.Subscription given) {
        subscription = given;
        if (closed) {
            given.cancel();
        } else {
            given.request(2);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> item) {
        arrived.add(item);
    }

    @Override
    public void onError(Throwable failure) {
        arrived.add(failure);
    }

    @Override
    public void onComplete() {
        arrived.add(END);
    }

    /**
     * The next bytes, at least one, or {@code null} at the end.
     *
     * @throws HttpTimeoutException if none came in time
     */
    ByteBuffer next() throws IOException, InterruptedException {
        while (!ended) {
            if (current.hasRemaining()) {
                return current;
            }
            if (nextPiece < pieces.size()) {
                current = pieces.get(nextPiece++);
                received.add(current.remaining());
                continue;
            }
            take();
        }
        return null;
    }

    @SuppressWarnings("unchecked")
    private void take() throws IOException, InterruptedException {
        Object item = arrived.poll(stallNs, TimeUnit.NANOSECONDS);
        switch (item) {
            case null -> throw new HttpTimeoutException("nothing came for " + Duration.ofNanos(stallNs));
            case Throwable failure -> {
                arrived.add(failure);
                throw new IOException("the body broke off: " + failure.getMessage(), failure);
            }
            case List<?> list -> {
                pieces = (List<ByteBuffer>) list;
                nextPiece = 0;
                more();
            }
            default -> ended = true;
        }
    }

    private synchronized void more() throws IOException {
        if (closed) {
            throw new IOException("the body was closed");
        }
        subscription.request(1);
    }

    private ByteBuffer nextForStream() throws IOException {
        try {
            return next();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while reading a body");
            interrupted.initCause(e);
            throw interrupted;
        }
    }

    @Override
    public int read() throws IOException {
        ByteBuffer piece = nextForStream();
        return piece == null ? -1 : piece.get() & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        ByteBuffer piece = nextForStream();
        if (piece == null) {
            return -1;
        }
        int count = Math.min(length, piece.remaining());
        piece.get(target, offset, count);
        return count;
    }

    /** Takes the end that has arrived already, so that the connection can be used again. */
    void finish() {
        ended |= !current.hasRemaining() && nextPiece == pieces.size() && arrived.peek() == END;
    }

    /** Gives up on the rest, which broke while nobody needed it. */
    void abandon(IOException why) {
        LOG.debug("the rest of an answer that nobody needs broke off: {}", why.getMessage());
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            if (subscription != null && !ended) {
                subscription.cancel();
            }
        }
    }
}
