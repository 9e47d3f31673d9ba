package io.lighterage.tests.support;

import io.lighterage.peer.tls.CertificateFiles;
import io.lighterage.peer.tls.TlsConfig;
import io.lighterage.peer.tls.TlsContext;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An authority and certificates as {@code lighter certs} makes them, in a directory of their own. */
public final class Certificates implements AutoCloseable {
    /** What every test's host is called. */
    private static final String HOST = "localhost,127.0.0.1";

    private final Path directory;
    private final TlsContext member;
    private final TlsContext stranger;

    private Certificates(Path directory) throws IOException {
        this.directory = directory;
        this.member = TlsContext.open(TlsConfig.client(Optional.of(files()), Optional.of(authority())));
        this.stranger = TlsContext.open(TlsConfig.client(Optional.empty(), Optional.of(authority())));
    }

    /** Runs {@code lighter certs} for this host. */
    public static Certificates make(Path directory) throws IOException, InterruptedException {
        issue(directory);
        return new Certificates(directory);
    }

    /** Runs it again: a new certificate in the place of the old one. */
    public void renew() throws IOException, InterruptedException {
        issue(directory);
    }

    private static void issue(Path directory) throws IOException, InterruptedException {
        LighterProcess.run(Duration.ofSeconds(60), "certs", directory.toString(), "--host", HOST).orFail();
    }

    /** The certificate of this host and its key. */
    public CertificateFiles files() {
        return new CertificateFiles(directory.resolve("localhost.pem"), directory.resolve("localhost-key.pem"));
    }

    /** The authority's certificate. */
    public Path authority() {
        return directory.resolve("ca.pem");
    }

    /** The flags by which a process or a command takes part. */
    public List<String> flags() {
        return List.of(
                "--tls-cert", files().certificate().toString(),
                "--tls-key", files().key().toString(),
                "--tls-ca", authority().toString());
    }

    /** The flags by which a node's mirror speaks HTTPS. */
    public List<String> mirrorFlags() {
        return List.of(
                "--mirror-tls-cert", files().certificate().toString(),
                "--mirror-tls-key", files().key().toString());
    }

    /** Both kinds of flags. */
    public List<String> nodeFlags() {
        List<String> flags = new ArrayList<>(flags());
        flags.addAll(mirrorFlags());
        return flags;
    }

    /** A client that shows the certificate. */
    public HttpClient client() {
        return client(member);
    }

    /** A client that trusts the authority and has no certificate. */
    public HttpClient clientWithoutCertificate() {
        return client(stranger);
    }

    private static HttpClient client(TlsContext context) {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5))
                .sslContext(context.sslContext())
                .build();
    }

    @Override
    public void close() {
        member.close();
        stranger.close();
    }
}
