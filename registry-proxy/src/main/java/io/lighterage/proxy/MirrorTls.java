package io.lighterage.proxy;

import io.lighterage.peer.tls.TlsContext;
import io.lighterage.peer.tls.TlsRefusals;
import io.lighterage.peer.tls.TlsServer;
import io.netty.handler.ssl.SslContext;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.SSLEngineOptions;
import io.vertx.core.spi.tls.SslContextFactory;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * How a mirror speaks HTTPS.
 *
 * @param context its certificate, and the authorities of its clients' certificates
 * @param port the port's name in log lines
 * @param clients whether clients must have certificates
 * @param protocols versions of TLS, {@link TlsServer#NEWEST} or {@link TlsServer#COMMON}
 * @param refusals counts the clients that were refused for it
 */
public record MirrorTls(
        TlsContext context, String port, boolean clients, List<String> protocols, TlsRefusals refusals) {
    private static final int HANDSHAKE_SECONDS = 5;

    /**
     * Makes the server speak it. HTTP/1.1 stays the only protocol: a body goes out by its own connection,
     * unmultiplexed.
     */
    void apply(HttpServerOptions options) {
        options.setSsl(true)
                .setUseAlpn(false)
                .setSslHandshakeTimeout(HANDSHAKE_SECONDS)
                .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
                // Vert.x wants to see a certificate; the engine below is what uses it, and goes with its files.
                .setKeyCertOptions(KeyCertOptions.wrap(context.keyManager()))
                .setSslEngineOptions(new Engine(this));
    }

    /** Makes Vert.x take our engines instead of its own, which would not go with the files. */
    private static final class Engine extends SSLEngineOptions {
        private final MirrorTls how;

        Engine(MirrorTls how) {
            this.how = how;
        }

        @Override
        public SSLEngineOptions copy() {
            return this; // it never changes
        }

        @Override
        public SslContextFactory sslContextFactory() {
            return new SslContextFactory() {
                @Override
                public SslContextFactory enabledProtocols(Set<String> ignored) {
                    return this;
                }

                @Override
                public SslContextFactory enabledCipherSuites(Set<String> ignored) {
                    return this;
                }

                @Override
                public SslContext create() {
                    return new TlsServer(how.context, how.port, how.clients, how.protocols, how.refusals);
                }
            };
        }
    }
}
