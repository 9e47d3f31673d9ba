package io.lighterage.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.blockdev.catalog.ConversionProgress;
import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.tls.TlsConfig;
import io.lighterage.peer.tls.TlsException;
import io.lighterage.supernode.api.DeviceApi;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** Asks a supernode to bring an image in. */
final class PreheatClient implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int WAIT_SECONDS = 1;
    private static final Duration ANSWER = Duration.ofSeconds(WAIT_SECONDS + 20);

    private final Caller caller;

    /**
     * @param supernode base URL of its HTTP port
     * @param tls what is shown to it and whom it must be certified by, if its address is https
     * @throws TlsException if a file of {@code tls} cannot be used; the message names it
     */
    PreheatClient(URI supernode, Optional<TlsConfig> tls) throws TlsException {
        this.caller = new Caller(supernode, "no supernode", tls);
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
        String question = DeviceApi.PREHEAT + "?image=" + encoded(image) + "&platform=" + encoded(platform) + "&lazy="
                + lazy + "&wait=" + WAIT_SECONDS;
        HttpRequest request = caller.request(question)
                .timeout(ANSWER)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        long endNs = System.nanoTime() + deadline.toNanos();
        while (System.nanoTime() < endNs) {
            HttpResponse<byte[]> answer = caller.send(request, HttpResponse.BodyHandlers.ofByteArray());
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

    private static String encoded(Object text) {
        return URLEncoder.encode(text.toString(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        caller.close();
    }
}
