package io.lighterage.blockdev.catalog;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMapDocument;
import io.lighterage.blockdev.image.InvalidDeviceMapException;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.tls.TlsContext;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The {@link DeviceCatalog} of a supernode, asked over HTTP. It is asked again and again; each question waits there.
 */
public final class DeviceClient implements DeviceCatalog {
    /** Where a supernode serves it. */
    public static final String PATH = "/api/v1/devices";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long WAIT_SECONDS = 1;
    private static final Duration ANSWER = Duration.ofSeconds(WAIT_SECONDS + 10);
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long PAUSE_MILLIS = 200;

    private final SupernodeHttp http;
    private final DeviceCaller caller;

    /**
     * @param supernode scheme, host and port of its HTTP address
     * @param tls what is shown to it and whom it must be certified by, if its address is https
     * @param caller who asks
     */
    public DeviceClient(URI supernode, Optional<TlsContext> tls, DeviceCaller caller) {
        this.caller = caller;
        this.http = new SupernodeHttp(supernode, tls, caller);
    }

    @Override
    public DeviceMap await(
            ImageReference image, Platform platform, Duration deadline, Consumer<ConversionProgress> progress)
            throws DeviceUnavailableException, InterruptedException {
        String question = PATH + "?image=" + SupernodeHttp.encoded(image.toString()) + "&platform="
                + SupernodeHttp.encoded(platform.toString()) + "&wait=" + WAIT_SECONDS;
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
                HttpResponse<byte[]> answer = http.send(http.request(question), authorization, most);
                if (answer.statusCode() == 200) {
                    take(image, answer);
                    return map(image, answer.body());
                }
                if (answer.statusCode() == 202) {
                    silentSinceNs = System.nanoTime();
                    progress.accept(progress(image, answer.body()));
                    continue;
                }
                String fresh = answer.statusCode() == 401 ? http.login(image, answer) : "";
                if (!fresh.isEmpty() && !fresh.equals(authorization)) {
                    authorization = fresh;
                    continue;
                }
                if (answer.statusCode() != 503) {
                    throw new DeviceUnavailableException(answer.statusCode(), SupernodeHttp.message(image, answer));
                }
                giveUp(image, silentSinceNs, endNs, new IOException(SupernodeHttp.message(image, answer)));
            } catch (DeviceUnavailableException e) {
                throw e;
            } catch (IOException e) {
                giveUp(image, silentSinceNs, endNs, e);
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    private void take(ImageReference image, HttpResponse<byte[]> answer) throws DeviceUnavailableException {
        Optional<String> grant = answer.headers().firstValue(DeviceCaller.GRANT_HEADER);
        try {
            grant.map(Base64.getDecoder()::decode).ifPresent(caller::granted);
        } catch (IllegalArgumentException e) {
            throw new DeviceUnavailableException(200, "the grant for " + image + " is not base 64", e);
        }
    }

    private void giveUp(ImageReference image, long silentSinceNs, long endNs, IOException why)
            throws DeviceUnavailableException {
        long nowNs = System.nanoTime();
        if (nowNs - silentSinceNs > PATIENCE_NS || nowNs - endNs >= 0) {
            throw new DeviceUnavailableException(
                    0,
                    "the supernode " + http + " does not tell the device of " + image + ": "
                            + SupernodeHttp.said(why),
                    why);
        }
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

    @Override
    public void close() {
        http.close();
    }
}
