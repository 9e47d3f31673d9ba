package io.lighterage.peer.tls;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What one side of TLS connections shows and whom it believes.
 *
 * @param own its certificate, shown to everybody who asks
 * @param ownFor certificates shown only to the host {@code HOST:PORT}, the name in lower case, instead of {@code own}
 * @param authorities PEM files of authorities whose certificates it believes
 * @param platform whether it believes the authorities that Java trusts, too
 */
public record TlsConfig(
        Optional<CertificateFiles> own,
        Map<String, CertificateFiles> ownFor,
        List<Path> authorities,
        boolean platform) {
    public TlsConfig {
        ownFor = Map.copyOf(ownFor);
        authorities = List.copyOf(authorities);
    }

    /** Both sides have certificates of one authority. */
    public static TlsConfig mutual(CertificateFiles own, Path authority) {
        return new TlsConfig(Optional.of(own), Map.of(), List.of(authority), false);
    }

    /**
     * A server.
     *
     * @param clients the authority whose certificates clients must have; empty if they need none
     */
    public static TlsConfig server(CertificateFiles own, Optional<Path> clients) {
        return new TlsConfig(Optional.of(own), Map.of(), clients.stream().toList(), false);
    }

    /**
     * A client.
     *
     * @param authority the only authority that it believes; empty for those that Java trusts
     */
    public static TlsConfig client(Optional<CertificateFiles> own, Optional<Path> authority) {
        return new TlsConfig(own, Map.of(), authority.stream().toList(), authority.isEmpty());
    }

    /** A client of hosts in the wide world, some of which want to see a certificate. */
    public static TlsConfig world(List<Path> furtherAuthorities, Map<String, CertificateFiles> ownFor) {
        return new TlsConfig(Optional.empty(), ownFor, furtherAuthorities, true);
    }

    /** A host as {@link #ownFor} has it. */
    public static String place(String host, int port) {
        return host.toLowerCase(Locale.ROOT) + ":" + port;
    }
}
