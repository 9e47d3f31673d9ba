package io.lighterage.blockdev.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMapDocument;
import io.lighterage.blockdev.image.InvalidDeviceMapException;
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
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * The {@link DeviceCatalog} of a supernode, asked over HTTP. It is asked again and again; each question waits there.
 */
public final class DeviceClient implements DeviceCatalog {
    /** Where a supernode serves it. */
    public static final String PATH = "/api/v1/devices";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final long WAIT_SECONDS = 1;
    private static final Duration ANSWER = Duration.ofSeconds(WAIT_SECONDS + 10);
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long PAUSE_MILLIS = 200;

    private final URI supernode;
    private final DeviceCaller caller;
    private final HttpClient client;

    /**
     * @param supernode scheme, host and port of its HTTP address
     * @param tls what is shown to it and whom it must be certified by, if its address is https
     * @param caller who asks
     */
    public DeviceClient(URI supernode, Optional<TlsContext> tls, DeviceCaller caller) {
        this.caller = caller;
        this.supernode = supernode;
        this.client = TlsClient.secure(HttpClient.newBuilder(), tls)
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    @Override
    public DeviceMap await(
            ImageReference image, Platform platform, Duration deadline, Consumer<ConversionProgress> progress)
            throws DeviceUnavailableException, InterruptedException {
        URI question = supernode.resolve(PATH + "?image=" + encoded(image.toString()) + "&platform="
                + encoded(platform.toString()) + "&wait=" + WAIT_SECONDS);
        long endNs = System.nanoTime() + deadline.toNanos();
        long silentSinceNs = System.nanoTime();
        String authorization = "";
        while (true) {
            long leftNs = endNs - System.nanoTime();
            if (leftNs <= 0) {
                throw new DeviceUnavailableException(
                        0, "the device of " + image + " was not ready after " + deadline.toMillis() + " ms");
            }
            try {
                Duration most = Duration.ofNanos(Math.min(leftNs, ANSWER.toNanos()));
                HttpResponse<byte[]> answer = ask(question, authorization, most);
                if (answer.statusCode() == 200) {
                    take(image, answer);
                    return map(image, answer.body());
                }
                if (answer.statusCode() == 202) {
                    silentSinceNs = System.nanoTime();
                    progress.accept(progress(image, answer.body()));
                    continue;
                }
                String fresh = answer.statusCode() == 401 ? login(image, answer) : "";
                if (!fresh.isEmpty() && !fresh.equals(authorization)) {
                    authorization = fresh;
                    continue;
                }
                if (answer.statusCode() != 503) {
                    throw new DeviceUnavailableException(answer.statusCode(), message(image, answer));
                }
                giveUp(image, silentSinceNs, endNs, new IOException(message(image, answer)));
            } catch (DeviceUnavailableException e) {
                throw e;
            } catch (IOException e) {
                giveUp(image, silentSinceNs, endNs, e);
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    private String login(ImageReference image, HttpResponse<byte[]> answer) throws IOException, InterruptedException {
        String challenge = answer.headers().firstValue("WWW-Authenticate").orElse("");
        return caller.authorization(image.repository(), challenge).orElse("");
    }

    private void take(ImageReference image, HttpResponse<byte[]> answer) throws DeviceUnavailableException {
        Optional<String> grant = answer.headers().firstValue(DeviceCaller.GRANT_HEADER);
        try {
            grant.map(Base64.getDecoder()::decode).ifPresent(caller::granted);
        } catch (IllegalArgumentException e) {
            throw new DeviceUnavailableException(200, "the grant for " + image + " is not base 64", e);
        }
    }

    private HttpResponse<byte[]> ask(URI question, String authorization, Duration most)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(question).header(DeviceCaller.NODE_HEADER, caller.node().toString());
        if (!authorization.isEmpty()) {
            request.header("Authorization", authorization);
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

    private void giveUp(ImageReference image, long silentSinceNs, long endNs, IOException why)
            throws DeviceUnavailableException {
        long nowNs = System.nanoTime();
        if (nowNs - silentSinceNs > PATIENCE_NS || nowNs - endNs >= 0) {
            throw new DeviceUnavailableException(
                    0, "the supernode " + supernode + " does not tell the device of " + image + ": " + said(why), why);
        }
    }

    private static String said(Throwable why) {
        return why.getMessage() == null ? why.getClass().getSimpleName() : why.getMessage();
    }

    private static DeviceMap map(ImageReference image, byte[] body) throws DeviceUnavailableException {
        try {
            return DeviceMapDocument.parse(body);
        } catch (InvalidDeviceMapException e) {
            throw new DeviceUnavailableException(
                    200, "the device map of " + image + " cannot be used: " + e.getMessage(), e);
        }
    }

    private static ConversionProgress progress(ImageReference image, byte[] body) throws DeviceUnavailableException {
        try {
            return JSON.readValue(body, ConversionProgress.class);
        } catch (IOException e) {
            throw new DeviceUnavailableException(
                    202, "the progress of " + image + " cannot be understood: " + e.getMessage(), e);
        }
    }

    /** What the supernode said of an error: {@code {"error": TEXT}}. */
    private static String message(ImageReference image, HttpResponse<byte[]> answer) {
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

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
