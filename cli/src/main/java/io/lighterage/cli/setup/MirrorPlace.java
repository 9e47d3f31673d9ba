package io.lighterage.cli.setup;

import io.lighterage.cli.HostPort;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where the mirror is, and how an engine knows that it is the right one.
 *
 * @param https whether it speaks HTTPS
 * @param authority PEM file of the authority of its certificate, an absolute path of the host; empty for those that the
 *     host trusts anyway
 */
public record MirrorPlace(HostPort address, boolean https, Optional<Path> authority) {
    private static final String COPY = "lighterage.crt";
    private static final String PEM = "-----BEGIN CERTIFICATE-----";

    /** A mirror that speaks HTTP. */
    public static MirrorPlace plain(HostPort address) {
        return new MirrorPlace(address, false, Optional.empty());
    }

    String url() {
        return https ? address.url().replaceFirst("^http:", "https:") : address.url();
    }

    /**
     * What the authority's file says.
     *
     * @throws SetupException if it is not there or has no certificate
     */
    Optional<String> certificate(Draft draft) {
        return authority.map(file -> draft.read(file)
                .filter(text -> text.contains(PEM))
                .orElseThrow(() -> new SetupException(file + ": not there, or no PEM file of a certificate")));
    }

    /**
     * Copies the authority's certificate to where docker and the containers tools look for those of a registry, see
     * containers-certs.d(5). All {@code .crt} files of the directory count, so others stay.
     */
    void trust(Draft draft, Path certificates) {
        Path copy = certificates.resolve(address.toString()).resolve(COPY);
        certificate(draft).filter(text -> !draft.read(copy).equals(Optional.of(text)))
                .ifPresent(text -> draft.replace(copy, text));
    }

    /** Whether a file is one that {@link #trust} writes. */
    static boolean isCertificate(Path path) {
        return path.endsWith(COPY);
    }

    /** As in names of images. */
    @Override
    public String toString() {
        return address.toString();
    }
}
