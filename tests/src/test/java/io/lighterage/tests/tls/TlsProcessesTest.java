package io.lighterage.tests.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.Digest;
import io.lighterage.tests.support.Await;
import io.lighterage.tests.support.Certificates;
import io.lighterage.tests.support.DockerRegistry;
import io.lighterage.tests.support.HostRoot;
import io.lighterage.tests.support.Http;
import io.lighterage.tests.support.Images;
import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.Mirror;
import io.lighterage.tests.support.OciImage;
import io.lighterage.tests.support.Programs;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.Workspace;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** A datacenter whose hosts have certificates of one authority; mirrors speak HTTPS. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TlsProcessesTest {
    private static final String REPOSITORY = "library/sealed";
    private static final String AUTHORITY = "/etc/lighterage/ca.pem";
    private static final Duration SOON = Duration.ofSeconds(20);

    private static Workspace workspace;
    private static Certificates certificates;
    private static OciImage image;
    private static Map<String, URI> upstreams;
    private static LighterProcess supernode;
    private static LighterProcess node;

    @BeforeAll
    static void startDatacenter() throws Exception {
        Requires.root();
        Requires.programs("docker-registry", "skopeo");
        Requires.lighter();
        workspace = Workspace.create();
        DockerRegistry registry = workspace.own(DockerRegistry.start(workspace.directory("registry")));
        image = Images.random(workspace, "image", 2, 3 << 20, 7);
        registry.push(image, REPOSITORY + ":1");
        certificates = workspace.own(Certificates.make(workspace.directory("certificates")));
        upstreams = Map.of(Mirror.REGISTRY, registry.url());
        supernode = LighterProcess.supernode(workspace, upstreams, certificates);
        node = LighterProcess.node(workspace, "node", supernode.http(), nowhere(), certificates);
    }

    /** Without an upstream of its own a node has what others give it, and nothing else. */
    private static Map<String, URI> nowhere() {
        return Map.of(Mirror.REGISTRY, URI.create("http://127.0.0.1:1"));
    }

    @AfterAll
    static void cleanUp() throws Exception {
        if (workspace != null) {
            workspace.close();
        }
    }

    /** A host whose engine's files {@code lighter setup} has written. */
    private static HostRoot host(String name, String... more) throws IOException, InterruptedException {
        HostRoot host = HostRoot.in(workspace.directory(name))
                .with(AUTHORITY, Files.readString(certificates.authority()));
        List<String> arguments = new ArrayList<>(List.of(
                "podman", "--registry", Mirror.REGISTRY, "--mirror", "https://" + node.http().getAuthority()));
        arguments.addAll(List.of(more));
        host.setup(arguments.toArray(String[]::new)).orFail();
        return host;
    }

    private static Programs.Result skopeo(HostRoot host, Path target) throws IOException, InterruptedException {
        return host.run(
                Duration.ofSeconds(60),
                "skopeo", "--insecure-policy", "copy", "--quiet",
                "docker://" + Mirror.REGISTRY + "/" + REPOSITORY + ":1", "dir:" + target);
    }

    private static URI blob(LighterProcess through) {
        Digest layer = image.blobs().getLast().digest();
        return through.http().resolve("/v2/" + REPOSITORY + "/blobs/" + layer + "?ns=" + Mirror.REGISTRY);
    }

    private static long refused(String reason) throws IOException, InterruptedException {
        String metrics = new String(
                Http.get(certificates.client(), supernode.http().resolve("/metrics")), StandardCharsets.UTF_8);
        Matcher found = Pattern.compile("lighterage_tls_refused_total\\{reason=\"" + reason + "\"} ([0-9.]+)")
                .matcher(metrics);
        assertThat(found.find()).as(metrics).isTrue();
        return (long) Double.parseDouble(found.group(1));
    }

    @Test
    @Order(1)
    void anEngineThatTrustsTheAuthorityPullsThroughTheHttpsMirror() throws Exception {
        Path target = workspace.directory("pulled");

        skopeo(host("trusting", "--mirror-ca", AUTHORITY), target).orFail();

        for (OciImage.Blob blob : image.blobs()) {
            assertThat(Digest.of(Files.readAllBytes(target.resolve(blob.digest().hex())))).isEqualTo(blob.digest());
        }
        assertThat(skopeo(host("wary"), workspace.directory("nothing")).status()).isNotZero();
    }

    @Test
    @Order(2)
    void whoHasNoCertificateLearnsNothingFromTheSupernode() {
        HttpClient client = certificates.clientWithoutCertificate();
        List<String> paths = List.of(
                "/healthz", "/metrics", "/api/v1/status", "/api/v1/exchange", "/v2/", blob(supernode).getPath());
        for (String path : paths) {
            assertThatThrownBy(() -> Http.status(client, supernode.http().resolve(path)))
                    .as(path)
                    .isInstanceOf(IOException.class);
        }
        URI plain = URI.create("http://" + supernode.http().getAuthority() + "/healthz");
        assertThatThrownBy(() -> Http.status(plain)).isInstanceOf(IOException.class);
    }

    @Test
    @Order(3)
    void whoWasRefusedIsCountedAndLogged() throws Exception {
        Await.until(() -> refused("no-certificate") > 0 && refused("plain") > 0, SOON, supernode::log);
        assertThat(supernode.log())
                .contains("on the HTTP port: it shows no certificate")
                .contains("on the HTTP port: it does not speak TLS");
    }

    @Test
    @Order(4)
    void aNodeOfAnotherAuthorityGetsNothingWithTheRightDigestInHand() throws Exception {
        try (Certificates others = Certificates.make(workspace.directory("others"))) {
            LighterProcess stranger = LighterProcess.node(workspace, "stranger", supernode.http(), nowhere(), others);

            assertThat(Http.status(others.client(), blob(stranger))).isGreaterThanOrEqualTo(400);

            Await.until(() -> stranger.log().contains("not of an authority that is trusted"), SOON, stranger::log);
            assertThat(stranger.log()).doesNotContain("connected to the supernode");
            stranger.close();
        }
    }

    @Test
    @Order(5)
    void commandsShowTheCertificateThatTheyAreGiven() throws Exception {
        List<String> flags = new ArrayList<>(List.of("status", "--supernode", supernode.http().toString()));
        Programs.Result without = LighterProcess.run(SOON, flags.toArray(String[]::new));
        assertThat(without.status()).isEqualTo(1);
        assertThat(without.err()).contains("cannot be asked");

        flags.addAll(certificates.flags());
        assertThat(LighterProcess.run(SOON, flags.toArray(String[]::new)).orFail().out()).contains("supernode");
    }

    @Test
    @Order(6)
    void aRenewedCertificateIsShownWithoutARestart() throws Exception {
        X509Certificate before = shown();

        certificates.renew();

        Await.until(() -> !shown().equals(before), SOON, node::log);
        Await.until(() -> supernode.log().contains("new certificates are in use"), SOON, supernode::log);
        LighterProcess second = LighterProcess.node(workspace, "second", supernode.http(), nowhere(), certificates);
        assertThat(Http.get(certificates.client(), blob(second))).hasSize((int) image.blobs().getLast().length());
    }

    /** The certificate that the node's mirror shows now. */
    private static X509Certificate shown() throws IOException {
        URI mirror = node.http();
        try (SSLSocket socket = (SSLSocket) certificates.client()
                .sslContext()
                .getSocketFactory()
                .createSocket(mirror.getHost(), mirror.getPort())) {
            socket.setSoTimeout(10_000);
            socket.startHandshake();
            return (X509Certificate) socket.getSession().getPeerCertificates()[0];
        }
    }
}
