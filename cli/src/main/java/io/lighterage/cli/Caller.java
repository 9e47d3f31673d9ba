package io.lighterage.cli;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Asks the HTTP port of a node or supernode on behalf of a command. */
final class Caller implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final URI base;
    private final String nobody;
    private final HttpClient client = HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .version(HttpClient.Version.HTTP_1_1)
            .build();

    /**
     * @param base URL of the port
     * @param nobody who it is that does not answer, for the error that says so: "no node"
     */
    Caller(URI base, String nobody) {
        this.base = base;
        this.nobody = nobody;
    }

    /** A question to {@code path}, which may have a query. */
    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path));
    }

    /** @throws IOException if nobody answers, which names the port, or the answer breaks off */
    <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body)
            throws IOException, InterruptedException {
        try {
            return client.send(request, body);
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw new IOException(nobody + " answers at " + base, e);
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
