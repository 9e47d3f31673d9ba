package io.lighterage.supernode.upstream;

import io.lighterage.peer.wire.Frame.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;

/** A registry's answer. Whoever gets it closes it; closing before the body's end gives the connection up. */
public final class RegistryResponse implements AutoCloseable {
    /** Greatest body that is kept of an error, 64 KiB. */
    public static final int LONGEST_ERROR = 64 << 10;

    private final int status;
    private final URI uri;
    private final HttpHeaders headers;
    private final TimedBody body;

    RegistryResponse(int status, URI uri, HttpHeaders headers, TimedBody body) {
        this.status = status;
        this.uri = uri;
        this.headers = headers;
        this.body = body;
    }

    /** The answer in the place of a server that wants to be asked again only after {@code wait}. */
    static RegistryResponse limited(URI uri, Duration wait) {
        String seconds = Long.toString(wait.plusMillis(999).toSeconds());
        HttpHeaders headers = HttpHeaders.of(Map.of("Retry-After", List.of(seconds)), (name, value) -> true);
        TimedBody empty = new TimedBody(wait, new LongAdder());
        empty.onComplete();
        return new RegistryResponse(429, uri, headers, empty);
    }

    /** The HTTP status; never a redirect's unless the answer to a conditional request (304). */
    public int status() {
        return status;
    }

    /** The first header of this name. */
    public Optional<String> header(String name) {
        return headers.firstValue(name);
    }

    /** Every header of this name. */
    public List<String> headers(String name) {
        return headers.allValues(name);
    }

    /** All headers. */
    public HttpHeaders headers() {
        return headers;
    }

    /** The {@code Content-Length}, where there is a valid one. */
    public OptionalLong contentLength() {
        Optional<String> text = header("Content-Length").filter(t -> t.matches("[0-9]{1,18}"));
        return text.isPresent() ? OptionalLong.of(Long.parseLong(text.get())) : OptionalLong.empty();
    }

    /** The body. A read fails with an {@link IOException} after the configured time without a byte. */
    public InputStream body() {
        return body;
    }

    /**
     * The whole body.
     *
     * @param most greatest length in bytes that is taken
     * @throws UpstreamException if it is longer
     */
    public byte[] bytes(int most) throws IOException {
        byte[] bytes = body.readNBytes(most);
        if (body.read() >= 0) {
            throw new UpstreamException("the answer of " + UpstreamException.place(uri)
                    + " has more than " + most + " bytes");
        }
        return bytes;
    }

    /** The answer as it is passed on to a client: its body is cut at {@link #LONGEST_ERROR}. For status 400 to 599. */
    public Refusal refusal() throws IOException {
        return new Refusal(
                status,
                String.join(", ", headers("WWW-Authenticate")),
                header("Retry-After").orElse(""),
                body.readNBytes(LONGEST_ERROR));
    }

    URI uri() {
        return uri;
    }

    TimedBody timedBody() {
        return body;
    }

    /** Reads a short rest so that the connection can be used again, and closes. */
    void discard() {
        try {
            body.readNBytes(LONGEST_ERROR);
        } catch (IOException e) {
            body.abandon(e);
        } finally {
            close();
        }
    }

    @Override
    public void close() {
        body.close();
    }
}
