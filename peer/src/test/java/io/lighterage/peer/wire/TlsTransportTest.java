package io.lighterage.peer.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.Priority;
import io.lighterage.peer.tls.CertificateAuthority;
import io.lighterage.peer.tls.CertificateFiles;
import io.lighterage.peer.tls.TlsConfig;
import io.lighterage.peer.tls.TlsContext;
import io.lighterage.peer.tls.TlsFailure.Reason;
import io.lighterage.peer.tls.TlsRefusals;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who speaks with whom when the wire is encrypted. */
class TlsTransportTest extends TransportFixture {
    private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1");

    private final TlsRefusals refusals = new TlsRefusals();
    private CertificateAuthority authority;

    @BeforeEach
    void makeAuthority() throws IOException {
        authority = CertificateAuthority.create(directory.resolve("authority"));
    }

    private TlsConfig member(CertificateAuthority of, String name) throws IOException {
        return TlsConfig.mutual(of.issue(name, LOOPBACK, Instant.now(), Duration.ofDays(1)), of.certificate());
    }

    private TlsContext context(TlsConfig config) throws IOException {
        return closing(TlsContext.open(config));
    }

    private Transport startSecured(TlsConfig tls, long id, ConnectionListener listener, TlsRefusals counted)
            throws IOException {
        return start(
                config().withSecurity(new WireSecurity(Optional.of(context(tls)), counted)), hello(id, ""), listener);
    }

    private Transport server() throws IOException {
        return startSecured(member(authority, "server"), 1, there, refusals);
    }

    private void assertRefused(Reason reason) throws Exception {
        Await.until(SOON, "refusal for " + reason, () -> refusals.counts().get(reason) > 0);
        assertThat(there.connected).isEmpty();
    }

    @Test
    void chunksTravelBetweenHostsOfOneAuthority() throws Exception {
        TestBlob blob = blob(random(80 * CHUNK - 12_345));
        Transport client = startSecured(member(authority, "client"), 2, here, new TlsRefusals());
        Connection connection = connect(client, server());

        for (int i = 0; i < 80; i++) {
            sendChunk(connection, blob, i, i, Priority.PREFETCH, _ -> {});
        }

        assertChunks(blob, there.nextChunks(80));
        Await.until(SOON, "end of leases", () -> blob.leases() == 0 && connection.queuedBytes() == 0);
    }

    @Test
    void aHostOfAnotherAuthorityIsRefusedAndLearnsNothing() throws Exception {
        CertificateAuthority other = CertificateAuthority.create(directory.resolve("other"));
        CertificateFiles files = other.issue("stranger", LOOPBACK, Instant.now(), Duration.ofDays(1));
        Transport stranger =
                startSecured(TlsConfig.mutual(files, authority.certificate()), 2, here, new TlsRefusals());
        Transport server = server();

        assertThatThrownBy(() -> connect(stranger, server)).cause().hasMessageContaining("it refuses this host");

        assertRefused(Reason.UNTRUSTED);
        assertThat(here.connected).isEmpty();
    }

    @Test
    void aServerOfAnotherAuthorityIsNotSpokenTo() throws Exception {
        CertificateAuthority other = CertificateAuthority.create(directory.resolve("other"));
        TlsRefusals ours = new TlsRefusals();
        Transport client = startSecured(member(other, "client"), 2, here, ours);
        Transport server = server();

        assertThatThrownBy(() -> connect(client, server)).cause().hasMessageContaining("not of an authority");

        assertThat(ours.counts().get(Reason.UNTRUSTED)).isEqualTo(1);
        assertThat(there.connected).isEmpty();
    }

    @Test
    void anExpiredCertificateIsRefused() throws Exception {
        Instant expiry = Instant.now().plusSeconds(3).truncatedTo(ChronoUnit.SECONDS);
        CertificateFiles files = authority.issue("late", LOOPBACK, expiry.minusSeconds(60), Duration.ofSeconds(60));
        Transport late = startSecured(TlsConfig.mutual(files, authority.certificate()), 2, here, new TlsRefusals());
        Transport server = server();
        Await.until(SOON, "expiry", () -> Instant.now().isAfter(expiry.plusMillis(1100)));

        assertThatThrownBy(() -> connect(late, server)).cause().hasMessageContaining("it refuses this host");

        assertRefused(Reason.EXPIRED);
        assertThatThrownBy(() -> TlsContext.open(TlsConfig.mutual(files, authority.certificate())))
                .hasMessageContaining("late.pem")
                .hasMessageContaining("expired");
    }

    @Test
    void aClientWithoutACertificateIsRefused() throws Exception {
        TlsContext bare = context(TlsConfig.client(Optional.empty(), Optional.of(authority.certificate())));
        Transport server = server();

        try (SSLSocket socket = (SSLSocket) bare.sslContext()
                .getSocketFactory()
                .createSocket("127.0.0.1", server.localAddress().getPort())) {
            socket.setSoTimeout(10_000);
            assertThatThrownBy(() -> {
                        socket.startHandshake();
                        assertThat(socket.getInputStream().read()).isNegative();
                    })
                    .isInstanceOf(IOException.class);
        }

        assertRefused(Reason.NO_CERTIFICATE);
    }

    @Test
    void plainBytesToAPortWithTlsAreRefused() throws Exception {
        Transport server = server();
        try (RawPeer peer = new RawPeer(server)) {
            peer.send(FrameEncoder.encode(hello(2, "")));
            peer.readToTheEnd();
        }
        assertRefused(Reason.PLAIN);
    }

    @Test
    void aPlainHostThatDialsAPortWithTlsIsNotConnected() throws Exception {
        Transport plain = start(config(), hello(2, ""), here);
        Transport server = server();

        assertThatThrownBy(() -> connect(plain, server)).cause().isInstanceOf(IOException.class);

        assertRefused(Reason.PLAIN);
    }

    @Test
    void tlsToAPlainPortIsRefused() throws Exception {
        Transport plain = start(
                config().withSecurity(new WireSecurity(Optional.empty(), refusals)), hello(1, ""), there);
        Transport client = startSecured(member(authority, "client"), 2, here, new TlsRefusals());

        assertThatThrownBy(() -> connect(client, plain)).cause().hasMessageContaining("does not speak TLS");

        assertRefused(Reason.TLS_ON_PLAIN_PORT);
    }

    @Test
    void whoMustBeACertainHostIsRefusedWithTheCertificateOfAnother() throws Exception {
        Transport client = startSecured(member(authority, "client"), 2, here, new TlsRefusals());
        int port = server().localAddress().getPort();

        assertThatThrownBy(() -> client.connect("127.0.0.1", port, "supernode.example").get(10, TimeUnit.SECONDS))
                .cause()
                .hasMessageContaining("supernode.example");
        assertThat(client.connect("127.0.0.1", port, "localhost").get(10, TimeUnit.SECONDS).peer().id())
                .isEqualTo(hello(1, "").id());
    }

    @Test
    void newFilesAreUsedByNewConnectionsWithoutARestart() throws Exception {
        TlsConfig first = member(authority, "server");
        Transport server = startSecured(first, 1, there, refusals);
        Connection before = connect(startSecured(member(authority, "old"), 2, here, new TlsRefusals()), server);
        CertificateAuthority next = CertificateAuthority.create(directory.resolve("next"));
        TlsConfig second = member(next, "server");
        CertificateFiles used = first.own().orElseThrow();
        CertificateFiles fresh = second.own().orElseThrow();

        Files.move(fresh.key(), used.key(), StandardCopyOption.REPLACE_EXISTING);
        Files.move(fresh.certificate(), used.certificate(), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(next.certificate(), authority.certificate(), StandardCopyOption.REPLACE_EXISTING);

        Transport client = startSecured(member(next, "new"), 3, new Recorder(), new TlsRefusals());
        Await.until(SOON, "the new certificate", () -> isConnected(client, server));
        Await.until(SOON, "both connections, for those that are open stay", () -> server.connections().size() == 2);
        before.close("done");
    }

    private static boolean isConnected(Transport client, Transport server) {
        try {
            return connect(client, server) != null;
        } catch (Exception e) { // not yet
            return false;
        }
    }

    @Test
    void filesThatCannotBeUsedAreNamed() throws Exception {
        CertificateFiles good = authority.issue("good", LOOPBACK, Instant.now(), Duration.ofDays(1));
        CertificateFiles other = authority.issue("other", LOOPBACK, Instant.now(), Duration.ofDays(1));
        Path nothing = Files.writeString(directory.resolve("nothing.pem"), "nothing", StandardCharsets.US_ASCII);

        assertThatThrownBy(() -> TlsContext.open(
                        TlsConfig.mutual(
                                new CertificateFiles(good.certificate(), other.key()), authority.certificate())))
                .hasMessageContaining("does not belong");
        assertThatThrownBy(() -> TlsContext.open(TlsConfig.mutual(good, nothing))).hasMessageContaining("nothing.pem");
        assertThatThrownBy(() -> TlsContext.open(
                        TlsConfig.mutual(new CertificateFiles(good.certificate(), nothing), authority.certificate())))
                .hasMessageContaining("no private key in");
        assertThatThrownBy(() -> TlsContext.open(TlsConfig.mutual(good, directory.resolve("gone.pem"))))
                .hasMessageContaining("no such file");
    }
}
