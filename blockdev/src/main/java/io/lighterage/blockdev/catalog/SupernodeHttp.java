package io.lighterage.blockdev.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.tls.TlsClient;
import io.lighterage.peer.tls.TlsContext;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Requests about images to a supernode, in this host's name. */
final class SupernodeHttp implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT = Duration.ofSeconds(2);

    private final URI supernode;
    private final DeviceCaller caller;
    private final HttpClient client;

    SupernodeHttp(URI supernode, Optional<TlsContext> tls, DeviceCaller caller) {
        this.caller = caller;
        this.supernode = supernode;
        this.client = TlsClient.secure(HttpClient.newBuilder(), tls)
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /** A request for the path and query given. */
    HttpRequest.Builder request(String pathAndQuery) {
        return HttpRequest.newBuilder(supernode.resolve(pathAndQuery));
    }

    /**
     * Sends {@code request} with {@code authorization}, unless that is empty, and waits {@code most} for the answer.
     */
    HttpResponse<byte[]> send(HttpRequest.Builder request, String authorization, Duration most)
            throws IOException, InterruptedException {
        request.setHeader(DeviceCaller.NODE_HEADER, caller.node().toString());
        if (!authorization.isEmpty()) {
            request.setHeader("Authorization", authorization);
        }
        CompletableFuture<HttpResponse<byte[]>> answer =
                client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        try {
            return answer.get(most.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new HttpTimeoutException("no answer within " + most.toMillis() + " ms");
        } catch (ExecutionException e) {
            throw new IOException(
                    e.getCause() instanceof ConnectException ? "nothing answers there" : said(e.getCause()),
                    e.getCause());
        } finally {
            answer.cancel(true);
        }
    }

    /** What answers the challenge of a 401, or nothing. */
    String login(ImageReference image, HttpResponse<byte[]> answer) throws IOException, InterruptedException {
        String challenge = answer.headers().firstValue("WWW-Authenticate").orElse("");
        return caller.authorization(image.repository(), challenge).orElse("");
    }

    /** What the supernode said of an error: {@code {"error": TEXT}}. */
    static String message(ImageReference image, HttpResponse<byte[]> answer) {
        String status = "status " + answer.statusCode() + " for the device of " + image;
        try {
            JsonNode error = JSON.readTree(answer.body()).path("error");
            return error.isTextual() ? error.textValue() : status;
        } catch (JsonProcessingException e) {
            return status + ": "
                    + new String(answer.body(), 0, Math.min(answer.body().length, 200), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return status;
        }
    }

    static String said(Throwable why) {
        return why.getMessage() == null ? why.getClass().getSimpleName() : why.getMessage();
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return supernode.toString();
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
