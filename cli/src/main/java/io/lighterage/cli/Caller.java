package io.lighterage.cli;

import io.lighterage.peer.tls.TlsClient;
import io.lighterage.peer.tls.TlsConfig;
import io.lighterage.peer.tls.TlsContext;
import io.lighterage.peer.tls.TlsException;
import io.lighterage.peer.tls.TlsFailure;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLException;

/** Asks the HTTP port of a node or supernode on behalf of a command. */
final class Caller implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final URI base;
    private final String nobody;
    private final Optional<TlsContext> tls;
    private final HttpClient client;

    /**
     * @param base URL of the port
     * @param nobody who it is that does not answer, for the error that says so: "no node"
     * @param tls what is shown to it and whom it must be certified by; empty for nothing and those that Java trusts
     * @throws TlsException if a file of {@code tls} cannot be used; the message names it
     */
    Caller(URI base, String nobody, Optional<TlsConfig> tls) throws TlsException {
        this.base = base;
        this.nobody = nobody;
        this.tls = tls.isPresent() ? Optional.of(TlsContext.open(tls.get())) : Optional.empty();
        this.client = TlsClient.secure(HttpClient.newBuilder(), this.tls)
                .connectTimeout(CONNECT)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    /** A question to {@code path}, which may have a query. */
    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path));
    }

    /** @throws IOException if nobody answers or TLS fails, which names the port, or the answer breaks off */
    <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body)
            throws IOException, InterruptedException {
        try {
            return client.send(request, body);
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw new IOException(nobody + " answers at " + base, e);
        } catch (SSLException e) {
            IOException failure = new IOException(base + " cannot be asked: " + TlsFailure.explain(e));
            failure.addSuppressed(e); // no cause: that would be told once more behind the message
            throw failure;
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
        tls.ifPresent(TlsContext::close);
    }
}
