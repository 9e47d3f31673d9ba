package io.lighterage.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.blockdev.catalog.ConversionProgress;
import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.tls.TlsClient;
import io.lighterage.peer.tls.TlsContext;
import io.lighterage.peer.tls.TlsFailure;
import io.lighterage.supernode.api.DeviceApi;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;

/** Asks a supernode to bring an image in. */
final class PreheatClient implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final int WAIT_SECONDS = 1;
    private static final Duration ANSWER = Duration.ofSeconds(WAIT_SECONDS + 20);

    private final URI supernode;
    private final HttpClient client;

    /**
     * @param supernode base URL of its HTTP port
     * @param tls what is shown to it and whom it must be certified by, if its address is https
     */
    PreheatClient(URI supernode, Optional<TlsContext> tls) {
        this.supernode = supernode;
        this.client = TlsClient.secure(HttpClient.newBuilder(), tls)
                .connectTimeout(CONNECT)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    /**
     * Waits until the image is there; answers how it is then.
     *
     * @param progress is told how far it is about every second
     * @throws IOException with the supernode's error, because it does not answer, or at the deadline
     */
    ConversionProgress await(
            ImageReference image,
            Platform platform,
            boolean lazy,
            Duration deadline,
            Consumer<ConversionProgress> progress)
            throws IOException, InterruptedException {
        URI question = URI.create(supernode + DeviceApi.PREHEAT + "?image=" + encoded(image) + "&platform="
                + encoded(platform) + "&lazy=" + lazy + "&wait=" + WAIT_SECONDS);
        HttpRequest request = HttpRequest.newBuilder(question)
                .timeout(ANSWER)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        long endNs = System.nanoTime() + deadline.toNanos();
        while (System.nanoTime() < endNs) {
            HttpResponse<byte[]> answer = ask(request);
            JsonNode body = JSON.readTree(answer.body());
            switch (answer.statusCode()) {
                case 200 -> {
                    return JSON.treeToValue(body, ConversionProgress.class);
                }
                case 202 -> progress.accept(JSON.treeToValue(body, ConversionProgress.class));
                default -> throw new IOException(
                        body.path("error").asText("the supernode answers with status " + answer.statusCode()));
            }
        }
        throw new IOException(
                image + " was not there after " + deadline.toMinutes() + " minutes; the supernode goes on");
    }

    private HttpResponse<byte[]> ask(HttpRequest request) throws IOException, InterruptedException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw new IOException("no supernode answers at " + supernode, e);
        } catch (SSLException e) {
            throw new IOException(supernode + " cannot be asked: " + TlsFailure.explain(e), e);
        }
    }

    private static String encoded(Object text) {
        return URLEncoder.encode(text.toString(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
