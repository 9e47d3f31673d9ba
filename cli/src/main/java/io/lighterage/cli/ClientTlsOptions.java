package io.lighterage.cli;

import io.lighterage.peer.tls.CertificateFiles;
import io.lighterage.peer.tls.TlsConfig;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of commands that ask a node or supernode, for one with TLS. */
final class ClientTlsOptions {
    @Option(names = "--tls-cert", paramLabel = "FILE", description = "PEM file of the certificate to show to it.")
    private String certificate;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "PEM file of that certificate's private key.")
    private String key;

    @Option(
            names = "--tls-ca",
            paramLabel = "FILE",
            description = "PEM file of the authority of its certificate. Default: those that Java trusts.")
    private String authority;

    /** What they say, if any of them was given. */
    Optional<TlsConfig> config() {
        Settings settings = new Settings().flag("tls-cert", certificate).flag("tls-key", key).flag("tls-ca", authority);
        Optional<CertificateFiles> own = SecurityConfig.pair(settings, "tls-cert", "tls-key");
        Optional<Path> trusted = settings.get("tls-ca", Settings::path);
        return own.isEmpty() && trusted.isEmpty()
                ? Optional.empty()
                : Optional.of(TlsConfig.client(own, trusted));
    }
}
