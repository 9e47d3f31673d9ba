package io.lighterage.proxy;

import io.lighterage.peer.tls.TlsClient;
import io.lighterage.peer.tls.TlsContext;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Another mirror asked over HTTP, such as the supernode's, which is told the registry in {@code ?ns=}. Answers are
 * buffered, at most a little more than a manifest may have; what is longer is cut off there for the mirror to refuse.
 */
public final class MirrorRegistry implements Registry, AutoCloseable {
    private static final int MOST_BUFFERED = ManifestDocument.LONGEST + 1;

    private final URI base;
    private final HttpClient client;

    /**
     * @param base scheme, host and port of the other mirror
     * @param connectDeadline how long a connection may take
     */
    public MirrorRegistry(URI base, Duration connectDeadline) {
        this(base, connectDeadline, Optional.empty());
    }

    /**
     * @param base scheme, host and port of the other mirror
     * @param connectDeadline how long a connection may take
     * @param tls what is shown to it and whom it must be certified by, if its address is https
     */
    public MirrorRegistry(URI base, Duration connectDeadline, Optional<TlsContext> tls) {
        this.base = base;
        this.client = TlsClient.secure(HttpClient.newBuilder(), tls)
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(connectDeadline)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    @Override
    public Response ask(Request request) throws IOException, InterruptedException {
        HttpRequest.Builder http = HttpRequest.newBuilder(target(request))
                .method(request.method().name(), HttpRequest.BodyPublishers.noBody());
        request.headers().forEach(http::header);
        return send(http, request.deadline());
    }

    @Override
    public Response ping(String registry, String authorization, Duration deadline)
            throws IOException, InterruptedException {
        URI target = base.resolve("/v2/?ns=" + URLEncoder.encode(registry, StandardCharsets.UTF_8));
        HttpRequest.Builder http = HttpRequest.newBuilder(target);
        if (!authorization.isEmpty()) {
            http.header("Authorization", authorization);
        }
        return send(http, deadline);
    }

    private Response send(HttpRequest.Builder http, Duration deadline) throws IOException, InterruptedException {
        http.timeout(deadline);
        CompletableFuture<HttpResponse<byte[]>> answer = client.sendAsync(http.build(), head -> new CappedBody());
        try {
            HttpResponse<byte[]> response = answer.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
            Map<String, String> headers = new TreeMap<>();
            response.headers().map().forEach((name, values) -> headers.put(name, String.join(", ", values)));
            return new Response(response.statusCode(), headers, new ByteArrayInputStream(response.body()));
        } catch (TimeoutException e) {
            throw new HttpTimeoutException(base + " did not answer within " + deadline.toSeconds() + " s");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof HttpTimeoutException) {
                throw new HttpTimeoutException(base + " did not answer in time: " + e.getCause().getMessage());
            }
            throw new IOException(base + " cannot be asked: " + e.getCause(), e.getCause());
        } finally {
            answer.cancel(true);
        }
    }

    private URI target(Request request) {
        String ns = "ns=" + URLEncoder.encode(request.repository().registry(), StandardCharsets.UTF_8);
        String query = request.query().isEmpty() ? ns : ns + "&" + request.query();
        return base.resolve("/v2/" + request.repository().name() + request.path() + "?" + query);
    }

    /** Gives up all requests. */
    @Override
    public void close() {
        client.shutdownNow();
    }

    /** Takes bytes up to the cap, then hangs up and is content with those. */
    private static final class CappedBody implements HttpResponse.BodySubscriber<byte[]> {
        private final CompletableFuture<byte[]> body = new CompletableFuture<>();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private Flow.Subscription subscription;

        @Override
        public CompletionStage<byte[]> getBody() {
            return body;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            subscription.request(1);
        }

        @Override
        public void onNext(List<ByteBuffer> pieces) {
            for (ByteBuffer piece : pieces) {
                byte[] taken = new byte[Math.min(piece.remaining(), MOST_BUFFERED - bytes.size())];
                piece.get(taken);
                bytes.writeBytes(taken);
            }
            if (bytes.size() == MOST_BUFFERED) {
                subscription.cancel();
                body.complete(bytes.toByteArray());
            } else {
                subscription.request(1);
            }
        }

        @Override
        public void onError(Throwable failure) {
            body.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            body.complete(bytes.toByteArray());
        }
    }
}
