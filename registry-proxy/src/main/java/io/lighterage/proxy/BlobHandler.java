package io.lighterage.proxy;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.exchange.BlobRefusedException;
import io.lighterage.peer.exchange.BlobSlice;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.BlobStream;
import io.lighterage.peer.exchange.BlobUnavailableException;
import io.lighterage.peer.exchange.Exchange;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.wire.Frame.Refusal;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers HEAD and GET of blobs, whole or in ranges, while they still arrive. */
final class BlobHandler {
    private static final Logger LOG = LoggerFactory.getLogger(BlobHandler.class);
    private static final String BYTES = "application/octet-stream";

    private final MirrorConfig config;
    private final Exchange exchange;
    private final BlobStore store;
    private final Registry registry;
    private final Gatekeeper gate;
    private final LongAdder bytesOut;
    private final LongAdder brokenOff;

    BlobHandler(
            MirrorConfig config,
            Exchange exchange,
            BlobStore store,
            Registry registry,
            Gatekeeper gate,
            LongAdder bytesOut,
            LongAdder brokenOff) {
        this.config = config;
        this.exchange = exchange;
        this.store = store;
        this.registry = registry;
        this.gate = gate;
        this.bytesOut = bytesOut;
        this.brokenOff = brokenOff;
    }

    void handle(Call call, Digest digest) throws IOException, RefusedException, InterruptedException {
        if (call.isHead()) {
            head(call, digest);
        } else {
            get(call, digest);
        }
    }

    /** Says how long the blob is without having it fetched. */
    private void head(Call call, Digest digest) throws IOException, RefusedException, InterruptedException {
        checkWanted(call, digest);
        Optional<StoredBlob> stored = store.find(digest);
        gate.require(source(call), digest, stored.isPresent());
        long length = stored.isPresent() ? stored.get().info().length() : askLength(call, digest);
        if (call.matches(etag(digest))) {
            call.answer(304, identity(digest), new byte[0]);
            return;
        }
        HttpServerResponse response = call.response().setStatusCode(200);
        identity(digest).forEach(response::putHeader);
        response.putHeader("Accept-Ranges", "bytes").putHeader("Content-Type", BYTES);
        if (gate.contains(call.repository(), digest)) {
            response.putHeader(Gatekeeper.CONFIRMED, "1");
        }
        response.putHeader("Content-Length", Long.toString(length));
        call.await(response.end(), config.stallDeadline());
    }

    private static void checkWanted(Call call, Digest digest) throws RefusedException {
        if (call.wantsAnother(etag(digest))) {
            throw RefusedException.of(
                    412, OciError.UNSUPPORTED, "blob " + digest + " is not what If-Match names", digest.toString());
        }
    }

    private long askLength(Call call, Digest digest) throws RefusedException, InterruptedException {
        String what = "blob " + call.repository() + "@" + digest;
        Registry.Request request = new Registry.Request(
                Registry.Method.HEAD,
                call.repository(),
                "/blobs/" + digest,
                "",
                call.asker().headers(),
                config.upstreamDeadline());
        try (Registry.Response response = registry.ask(request)) {
            if (response.status() != 200) {
                throw UpstreamAnswers.refusal(response, what);
            }
            long length = UpstreamAnswers.announced(response);
            if (length < 0) {
                throw RefusedException.of(
                        502, OciError.BLOB_UNKNOWN, what + ": upstream does not say how long it is", digest.toString());
            }
            return length;
        } catch (IOException e) {
            throw UpstreamAnswers.unreachable(e, what);
        }
    }

    private void get(Call call, Digest digest) throws IOException, RefusedException, InterruptedException {
        BlobSource source = source(call);
        long beganNs = System.nanoTime();
        boolean held = store.find(digest).isPresent();
        gate.require(source, digest, held);
        try {
            BlobInfo info = exchange.describe(digest, Optional.of(source), config.firstByteDeadline());
            checkWanted(call, digest);
            if (!held) {
                // It may have come here meanwhile by another's right, out of another repository.
                gate.require(source, digest, true);
            }
            if (call.matches(etag(digest))) {
                call.answer(304, identity(digest), new byte[0]);
                return;
            }
            String ifRange = call.header("If-Range");
            boolean ranged = ifRange == null || ifRange.strip().equals(etag(digest));
            identity(digest).forEach(call.response()::putHeader);
            call.response().putHeader("Accept-Ranges", "bytes");
            switch (Ranges.resolve(ranged ? call.header("Range") : null, info.length())) {
                case Ranges.Whole() -> one(call, info, info.all(), source, 200);
                case Ranges.Parts(List<ByteRange> parts) when parts.size() == 1 ->
                        one(call, info, parts.getFirst(), source, 206);
                case Ranges.Parts(List<ByteRange> parts) -> several(call, info, parts, source);
                case Ranges.Unsatisfiable() -> throw new RefusedException(
                        416,
                        Map.of("Content-Range", "bytes */" + info.length()),
                        OciError.body(
                                OciError.RANGE_INVALID,
                                "blob " + digest + " has " + info.length() + " bytes, none in the range asked for",
                                call.header("Range")),
                        "range not satisfiable");
            }
        } catch (BlobRefusedException e) {
            throw refused(e);
        } catch (BlobUnavailableException e) {
            throw unavailable(call, digest, e, beganNs);
        }
    }

    private static BlobSource source(Call call) {
        return new BlobSource(call.repository(), call.asker().authorization());
    }

    private void one(Call call, BlobInfo info, ByteRange range, BlobSource source, int status)
            throws IOException, InterruptedException {
        HttpServerResponse response = call.response().putHeader("Content-Type", BYTES);
        response.putHeader("Content-Length", Long.toString(range.length()));
        if (status == 206) {
            response.putHeader("Content-Range", Ranges.contentRange(range, info.length()));
        }
        BlobSender sender = new BlobSender(call, config.stallDeadline(), bytesOut);
        try (BlobStream stream = open(call, info, range, source)) {
            if (range.length() == 0) {
                response.setStatusCode(status);
                sender.finish();
            } else if (range.length() > BlobSender.PIECE && stream.isLocal()) {
                try (BlobSlice slice = stream.all(config.firstByteDeadline())) {
                    response.setStatusCode(status);
                    sender.sendFile(slice);
                }
            } else {
                BlobSlice first = stream.next(BlobSender.PIECE, config.firstByteDeadline());
                response.setStatusCode(status);
                if (first.range().length() == range.length()) {
                    sender.send(first);
                } else {
                    sender.copy(first, stream, range.length());
                    sender.finish();
                }
            }
        }
    }

    private void several(Call call, BlobInfo info, List<ByteRange> parts, BlobSource source)
            throws IOException, InterruptedException {
        Multipart multipart = new Multipart(info, parts, BYTES);
        BlobSender sender = new BlobSender(call, config.stallDeadline(), bytesOut);
        HttpServerResponse response = call.response().putHeader("Content-Type", multipart.contentType());
        response.putHeader("Content-Length", Long.toString(multipart.length()));
        response.setStatusCode(206);
        Duration patience = config.firstByteDeadline();
        for (ByteRange part : parts) {
            try (BlobStream stream = open(call, info, part, source)) {
                BlobSlice first = stream.next(BlobSender.PIECE, patience);
                boolean handedOver = false;
                try {
                    sender.write(multipart.head(part));
                    handedOver = true;
                } finally {
                    if (!handedOver) {
                        first.close();
                    }
                }
                sender.copy(first, stream, part.length());
            }
            patience = config.stallDeadline();
        }
        sender.write(multipart.tail());
        sender.finish();
    }

    /** A stream that the client's going ends, so that nobody wants the rest any more. */
    private BlobStream open(Call call, BlobInfo info, ByteRange range, BlobSource source)
            throws BlobUnavailableException, InterruptedException {
        BlobStream stream = exchange.stream(info.digest(), range, Optional.of(source), Priority.PREFETCH);
        call.onGone(stream::close);
        return stream;
    }

    private static RefusedException refused(BlobRefusedException e) {
        Refusal refusal = e.refusal();
        Map<String, String> headers = new TreeMap<>();
        if (!refusal.challenge().isEmpty()) {
            headers.put("WWW-Authenticate", refusal.challenge());
        }
        if (!refusal.retryAfter().isEmpty()) {
            headers.put("Retry-After", refusal.retryAfter());
        }
        int status = refusal.status() >= 400 && refusal.status() <= 599 ? refusal.status() : 502;
        String code = status == 404 ? OciError.BLOB_UNKNOWN : OciError.codeOf(status);
        byte[] body = OciError.isOne(refusal.body()) ? refusal.body() : OciError.body(code, e.getMessage(), "");
        return new RefusedException(status, headers, body, e.getMessage());
    }

    private RefusedException unavailable(Call call, Digest digest, BlobUnavailableException e, long beganNs) {
        if (call.response().headWritten() && !call.isGone()) {
            brokenOff.increment();
            LOG.warn("blob {} broke off midway, resetting the client's connection: {}", digest, e.getMessage());
        }
        // Deadlines are rounded on their way, so nearly all of it counts as all of it.
        long waitedNs = System.nanoTime() - beganNs;
        int status = waitedNs >= config.firstByteDeadline().toNanos() / 10 * 9 ? 504 : 503;
        return RefusedException.of(status, OciError.UNAVAILABLE, e.getMessage(), digest.toString());
    }

    private static Map<String, String> identity(Digest digest) {
        // The name is the content: it never changes (RFC 9111).
        return Map.of(
                "Docker-Content-Digest", digest.toString(), "ETag", etag(digest), "Cache-Control", "max-age=31536000");
    }

    static String etag(Digest digest) {
        return "\"" + digest + "\"";
    }
}
