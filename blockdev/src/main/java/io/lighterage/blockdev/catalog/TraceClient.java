package io.lighterage.blockdev.catalog;

import io.lighterage.blockdev.prefetch.InvalidTraceException;
import io.lighterage.blockdev.prefetch.Trace;
import io.lighterage.blockdev.prefetch.TraceDocument;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.tls.TlsContext;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/** The {@link TraceCatalog} of a supernode, asked over HTTP. */
public final class TraceClient implements TraceCatalog {
    /** Where a supernode serves it. */
    public static final String PATH = "/api/v1/traces";

    private final SupernodeHttp http;

    /**
     * @param supernode scheme, host and port of its HTTP address
     * @param tls what is shown to it and whom it must be certified by, if its address is https
     * @param caller who asks
     */
    public TraceClient(URI supernode, Optional<TlsContext> tls, DeviceCaller caller) {
        this.http = new SupernodeHttp(supernode, tls, caller);
    }

    @Override
    public Optional<Trace> find(ImageReference image, Duration deadline)
            throws DeviceUnavailableException, InterruptedException {
        HttpResponse<byte[]> answer = ask(image, about(image).GET(), deadline);
        if (answer.statusCode() == 204) {
            return Optional.empty();
        }
        try {
            return Optional.of(TraceDocument.parse(answer.body()));
        } catch (InvalidTraceException e) {
            throw new DeviceUnavailableException(
                    200, "the trace of " + image + " cannot be used: " + e.getMessage(), e);
        }
    }

    @Override
    public void tell(ImageReference image, Trace trace, Duration deadline)
            throws DeviceUnavailableException, InterruptedException {
        HttpRequest.Builder request = about(image)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(TraceDocument.write(trace)));
        ask(image, request, deadline);
    }

    private HttpRequest.Builder about(ImageReference image) {
        return http.request(PATH + "?image=" + SupernodeHttp.encoded(image.toString()));
    }

    /** The answer, 200 or 204. */
    private HttpResponse<byte[]> ask(ImageReference image, HttpRequest.Builder request, Duration deadline)
            throws DeviceUnavailableException, InterruptedException {
        try {
            HttpResponse<byte[]> answer = http.send(request, "", deadline);
            String login = answer.statusCode() == 401 ? http.login(image, answer) : "";
            if (!login.isEmpty()) {
                answer = http.send(request, login, deadline);
            }
            if (answer.statusCode() != 200 && answer.statusCode() != 204) {
                throw new DeviceUnavailableException(answer.statusCode(), SupernodeHttp.message(image, answer));
            }
            return answer;
        } catch (DeviceUnavailableException e) {
            throw e;
        } catch (IOException e) {
            throw new DeviceUnavailableException(
                    0, "the supernode " + http + " cannot be asked for the trace of " + image + ": "
                            + SupernodeHttp.said(e), e);
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
