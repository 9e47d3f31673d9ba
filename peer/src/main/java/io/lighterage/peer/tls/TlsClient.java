package io.lighterage.peer.tls;

import io.netty.handler.ssl.SslHandler;
import java.net.http.HttpClient;
import java.util.Optional;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** The TLS of connections that are opened here to hosts of ours, for Netty and HTTP; TLS 1.3 alone. */
public final class TlsClient {
    private TlsClient() {}

    /**
     * A handler for one connection.
     *
     * @param certifiedHost the name or address that the other side's certificate must be for; empty if any certificate
     *     of the trusted authorities will do
     * @param tasks runs what a handshake computes
     */
    public static SslHandler handler(TlsContext context, Optional<String> certifiedHost, int port, Executor tasks) {
        SSLEngine engine = certifiedHost
                .map(host -> context.sslContext().createSSLEngine(host, port))
                .orElseGet(() -> context.sslContext().createSSLEngine());
        engine.setUseClientMode(true);
        SSLParameters parameters = parameters();
        certifiedHost.ifPresent(_ -> parameters.setEndpointIdentificationAlgorithm("HTTPS"));
        engine.setSSLParameters(parameters);
        return new SslHandler(engine, tasks);
    }

    /** Gives an HTTP client this context and TLS 1.3 alone; without a context it stays as it is. */
    public static HttpClient.Builder secure(HttpClient.Builder client, Optional<TlsContext> context) {
        context.ifPresent(tls -> client.sslContext(tls.sslContext()).sslParameters(parameters()));
        return client;
    }

    /** TLS 1.3 and our order of suites. */
    private static SSLParameters parameters() {
        return new SSLParameters(
                Ciphers.preferred(TlsServer.NEWEST).toArray(String[]::new), TlsServer.NEWEST.toArray(String[]::new));
    }
}
