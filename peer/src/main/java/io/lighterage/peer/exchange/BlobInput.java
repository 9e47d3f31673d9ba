package io.lighterage.peer.exchange;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongConsumer;

/** The bytes of a blob as they arrive, as a stream of the JDK. For one thread. */
public final class BlobInput extends InputStream {
    private static final int MOST = 1 << 20;
    private static final Duration DESCRIBE_DEADLINE = Duration.ofSeconds(60);

    private final BlobStream stream;
    private final Duration deadline;
    private final LongConsumer count;
    private BlobSlice slice;
    private long at;

    private BlobInput(BlobStream stream, Duration deadline, LongConsumer count) {
        this.stream = stream;
        this.deadline = deadline;
        this.count = count;
    }

    /**
     * Begins to read a whole blob.
     *
     * @param deadline how long each read may wait for its first byte
     * @throws BlobUnavailableException as {@link Exchange#describe}
     */
    public static BlobInput open(
            Exchange exchange, Digest digest, BlobSource source, Priority priority, Duration deadline)
            throws BlobUnavailableException, InterruptedException {
        return open(exchange, digest, source, priority, deadline, read -> { });
    }

    /**
     * The same.
     *
     * @param count is told the number of bytes of each read
     */
    public static BlobInput open(
            Exchange exchange,
            Digest digest,
            BlobSource source,
            Priority priority,
            Duration deadline,
            LongConsumer count)
            throws BlobUnavailableException, InterruptedException {
        Optional<BlobSource> from = Optional.of(source);
        BlobInfo info = exchange.describe(digest, from, DESCRIBE_DEADLINE);
        return new BlobInput(exchange.stream(digest, info.all(), from, priority), deadline, count);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /** @throws BlobUnavailableException if no byte came within the deadline, or the blob was withdrawn */
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
        giveBack();
        try {
            slice = stream.next(MOST, deadline);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while blob " + stream.info().digest() + " came in");
        }
        at = slice == null ? 0 : slice.range().offset();
    }

    private void giveBack() {
        if (slice != null) {
            slice.close();
            slice = null;
        }
    }

    @Override
    public void close() {
        giveBack();
        stream.close();
    }
}
