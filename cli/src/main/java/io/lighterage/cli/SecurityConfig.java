package io.lighterage.cli;

import io.lighterage.peer.content.Quoted;
import io.lighterage.peer.tls.CertificateFiles;
import io.lighterage.peer.tls.TlsConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which connections of a process have TLS.
 *
 * @param datacenter the certificate that it shows to nodes and the supernode, and the authority of theirs; empty for
 *     plain connections among them
 * @param mirror the certificate that a node's mirror shows to engines; empty for plain HTTP
 * @param upstream certificates that it shows to registries, by their name
 */
public record SecurityConfig(
        Optional<TlsConfig> datacenter, Optional<TlsConfig> mirror, Map<String, CertificateFiles> upstream) {
    /** Nothing but registries has TLS. */
    public static final SecurityConfig PLAIN = new SecurityConfig(Optional.empty(), Optional.empty(), Map.of());

    /** Keys with one value that every process has. */
    static final Set<String> SHARED = Set.of("tls-cert", "tls-key", "tls-ca");

    /** Keys with one value that only a node has. */
    static final Set<String> OF_NODES = Set.of("mirror-tls-cert", "mirror-tls-key", "mirror-tls-ca");

    /** The key of the map of registries. */
    static final String UPSTREAM = "upstream-cert";

    public SecurityConfig {
        upstream = Map.copyOf(upstream);
    }

    static SecurityConfig of(Settings settings) {
        Optional<CertificateFiles> own = pair(settings, "tls-cert", "tls-key");
        Optional<Path> authority = settings.get("tls-ca", Settings::path);
        if (own.isPresent() != authority.isPresent()) {
            throw InvalidSettingException.ofFlag("--tls-cert, --tls-key and --tls-ca (or their keys in the file of"
                    + " --config) belong together: some are given and others are not");
        }
        Optional<CertificateFiles> mirror = pair(settings, "mirror-tls-cert", "mirror-tls-key");
        Optional<Path> engines = settings.get("mirror-tls-ca", Settings::path);
        if (engines.isPresent() && mirror.isEmpty()) {
            throw InvalidSettingException.ofFlag("--mirror-tls-ca needs --mirror-tls-cert and --mirror-tls-key");
        }
        return new SecurityConfig(
                own.map(files -> TlsConfig.mutual(files, authority.get())),
                mirror.map(files -> TlsConfig.server(files, engines)),
                settings.map(UPSTREAM, SecurityConfig::certificateAndKey));
    }

    /** A certificate and its key, which are given both or not at all. */
    static Optional<CertificateFiles> pair(Settings settings, String certificateKey, String keyKey) {
        Optional<Path> certificate = settings.get(certificateKey, Settings::path);
        Optional<Path> key = settings.get(keyKey, Settings::path);
        if (certificate.isPresent() != key.isPresent()) {
            throw InvalidSettingException.ofFlag("--" + certificateKey + " and --" + keyKey
                    + " (or their keys in the file of --config) belong together: only one of them is given");
        }
        return certificate.map(path -> new CertificateFiles(path, key.get()));
    }

    /** Reads {@code CERT,KEY}. */
    private static CertificateFiles certificateAndKey(String text) {
        int comma = text.indexOf(',');
        if (comma < 1 || comma == text.length() - 1 || text.indexOf(',', comma + 1) >= 0) {
            throw new IllegalArgumentException(
                    Quoted.of(text) + " is not CERT,KEY: two files with a comma between them");
        }
        return new CertificateFiles(Path.of(text.substring(0, comma)), Path.of(text.substring(comma + 1)));
    }
}
