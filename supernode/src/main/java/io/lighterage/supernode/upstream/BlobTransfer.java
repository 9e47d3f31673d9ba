package io.lighterage.supernode.upstream;

import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.exchange.BlobRefusedException;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.Upstream.Sink;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One range of a blob on its way from upstream. Where its body breaks it is gone on with from the next byte; a server
 * that does not know ranges is read from the start again, what was had is thrown away.
 *
 * <p>Used by one thread. Whoever opened it closes it.
 */
public final class BlobTransfer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BlobTransfer.class);
    private static final int OK = 200;
    private static final int PARTIAL = 206;
    private static final int RANGE_NOT_SATISFIABLE = 416;
    private static final long UNKNOWN = Long.MAX_VALUE;

    private final RegistryClient client;
    private final Digest digest;
    private final BlobSource source;
    private final boolean whole;

    /** Whether an opening answer that is the whole blob makes this transfer go on to the blob's end. */
    private boolean extensible;

    private OptionalLong total = OptionalLong.empty();
    private boolean ranged;
    private long position;
    private long end;

    /** The open answer, or null when it broke and has not been asked for again. */
    private RegistryResponse response;

    /** Bytes of the open answer before {@link #position}, to be thrown away. */
    private long skip;

    private BlobTransfer(
            RegistryClient client, Digest digest, BlobSource source, long position, long end,
            boolean whole, boolean extensible) {
        this.client = client;
        this.digest = digest;
        this.source = source;
        this.position = position;
        this.end = end;
        this.whole = whole;
        this.extensible = extensible;
    }

    static BlobTransfer open(RegistryClient client, Digest digest, BlobSource source, ByteRange range)
            throws IOException, InterruptedException {
        return opened(new BlobTransfer(client, digest, source, range.offset(), range.end(), false, true));
    }

    /** Never goes beyond {@code range}, whatever the registry answers. */
    static BlobTransfer openExactly(RegistryClient client, Digest digest, BlobSource source, ByteRange range)
            throws IOException, InterruptedException {
        return opened(new BlobTransfer(client, digest, source, range.offset(), range.end(), false, false));
    }

    static BlobTransfer openWhole(RegistryClient client, Digest digest, BlobSource source)
            throws IOException, InterruptedException {
        return opened(new BlobTransfer(client, digest, source, 0, UNKNOWN, true, true));
    }

    private static BlobTransfer opened(BlobTransfer transfer) throws IOException, InterruptedException {
        boolean done = false;
        try {
            transfer.ask();
            transfer.extensible = false;
            done = true;
            return transfer;
        } finally {
            if (!done) {
                transfer.close();
            }
        }
    }

    /** The whole blob's length in bytes, where the registry told it. */
    public OptionalLong total() {
        return total;
    }

    /** Whether the registry answered with the range alone; if not, this transfer goes on to the blob's end. */
    public boolean isRanged() {
        return ranged;
    }

    /** Offset in the blob of the next byte that the sink gets. */
    public long position() {
        return position;
    }

    /** Offset behind the last byte that the sink gets; {@link Long#MAX_VALUE} where the blob's length is not known. */
    public long end() {
        return end;
    }

    /**
     * Gives every byte to {@code sink}, in order.
     *
     * @throws BlobRefusedException if the registry refuses when asked again; {@link #position} tells how far it came
     * @throws IOException if the registry cannot be reached any more, or what {@code sink} throws
     */
    public void copyTo(Sink sink) throws IOException, InterruptedException {
        int failures = 0;
        while (position < end) {
            long before = position;
            IOException why = pump(sink);
            if (why == null) {
                response.timedBody().finish();
                return;
            }
            failures = position > before ? 1 : failures + 1;
            if (failures > client.config().retries()) {
                throw new UpstreamException("reading " + digest + " of " + source.repository()
                        + " stopped at byte " + position
                        + ": " + why.getMessage(), why);
            }
            LOG.info("reading {} of {} broke at byte {}, goes on: {}", digest, source.repository(),
                    position, why.getMessage());
            URI brokenAt = response.uri();
            giveUpAnswer();
            client.beforeResume(source.repository().registry(), brokenAt, failures - 1);
            ask();
        }
    }

    /** Reads the open answer; answers what broke it, or null if all is had. What the sink throws is thrown. */
    private IOException pump(Sink sink) throws IOException, InterruptedException {
        while (position < end) {
            ByteBuffer piece;
            try {
                piece = response.timedBody().next();
            } catch (IOException e) {
                return e;
            }
            if (piece == null) {
                return atEndOfBody();
            }
            int dropped = (int) Math.min(skip, piece.remaining());
            piece.position(piece.position() + dropped);
            skip -= dropped;
            if (piece.hasRemaining()) {
                deliver(piece, sink);
            }
        }
        return null;
    }

    private void deliver(ByteBuffer piece, Sink sink) throws IOException, InterruptedException {
        int count = (int) Math.min(end - position, piece.remaining());
        int limit = piece.limit();
        piece.limit(piece.position() + count);
        sink.accept(piece);
        if (piece.hasRemaining()) {
            throw new IllegalStateException("the sink of " + digest + " left " + piece.remaining() + " bytes");
        }
        position += count;
        piece.limit(limit);
    }

    private IOException atEndOfBody() {
        if (end == UNKNOWN && skip == 0) {
            end = position;
            return null;
        }
        return new IOException("the body ended early");
    }

    private void ask() throws IOException, InterruptedException {
        boolean fromStart = whole && position == 0;
        String range = "bytes=" + position + "-" + (end == UNKNOWN ? "" : Long.toString(end - 1));
        response = client.blob(digest, source, fromStart ? Optional.empty() : Optional.of(range));
        skip = 0;
        switch (response.status()) {
            case OK -> wholeAnswered();
            case PARTIAL -> partAnswered();
            case RANGE_NOT_SATISFIABLE -> nothingAnswered();
            default -> throw refused();
        }
        String encoding = response.header("Content-Encoding").orElse("identity");
        if (!encoding.equalsIgnoreCase("identity")) {
            throw new UpstreamException(source.repository() + " sends " + digest + " encoded, which was not asked for");
        }
    }

    private void wholeAnswered() throws IOException {
        ranged = false;
        skip = position;
        OptionalLong length = response.contentLength();
        if (length.isPresent()) {
            learnTotal(length.getAsLong());
        }
        if (extensible || end == UNKNOWN) {
            end = total.orElse(UNKNOWN);
        }
    }

    private void partAnswered() throws IOException {
        ContentRange range = response.header("Content-Range")
                .flatMap(ContentRange::parse)
                .orElseThrow(() -> wrongRange());
        long length = range.last() - range.first() + 1;
        boolean lengthFits = response.contentLength().orElse(length) == length;
        if (range.first() != position || range.last() >= end || !lengthFits) {
            throw wrongRange();
        }
        if (range.total().isPresent()) {
            learnTotal(range.total().getAsLong());
            end = Math.min(end, range.total().getAsLong());
        }
        ranged = true;
    }

    /** The range begins behind the blob's end: right for an empty blob, or where only the end itself was missing. */
    private void nothingAnswered() throws IOException {
        Optional<ContentRange> range = response.header("Content-Range").flatMap(ContentRange::parse);
        OptionalLong length = range.isPresent() ? range.get().total() : OptionalLong.empty();
        if (length.isEmpty() || length.getAsLong() != position) {
            throw refused();
        }
        learnTotal(length.getAsLong());
        end = position;
        ranged = true;
    }

    private void learnTotal(long length) throws IOException {
        if (total.isPresent() && total.getAsLong() != length) {
            throw new UpstreamException(source.repository() + " says that " + digest + " has " + length
                    + " bytes, before it was "
                    + total.getAsLong());
        }
        total = OptionalLong.of(length);
    }

    private IOException wrongRange() {
        return new UpstreamException(source.repository() + " answers with another range of " + digest + " than bytes "
                + position + " on");
    }

    private IOException refused() throws IOException {
        if (response.status() >= 400 && response.status() <= 599) {
            return new BlobRefusedException(digest, response.refusal());
        }
        return new UpstreamException(source.repository() + " answers for " + digest
                + " with status " + response.status());
    }

    private void giveUpAnswer() {
        if (response != null) {
            response.close();
            response = null;
        }
    }

    /** Gives the rest up. Idempotent. */
    @Override
    public void close() {
        giveUpAnswer();
    }
}
