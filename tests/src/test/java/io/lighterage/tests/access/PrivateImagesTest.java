package io.lighterage.tests.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.wire.Frame;
import io.lighterage.tests.support.Containerd;
import io.lighterage.tests.support.DockerRegistry;
import io.lighterage.tests.support.Dockerd;
import io.lighterage.tests.support.Http;
import io.lighterage.tests.support.Images;
import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.Mirror;
import io.lighterage.tests.support.OciImage;
import io.lighterage.tests.support.Podman;
import io.lighterage.tests.support.Ports;
import io.lighterage.tests.support.Programs;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.Skopeo;
import io.lighterage.tests.support.TokenServer;
import io.lighterage.tests.support.Workspace;
import io.lighterage.tests.support.Await;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Three registries behind one supernode and two nodes: one open to everybody, one with {@code htpasswd}, and one with
 * tokens that has images of both kinds. Engines pull with credentials, then others try to get the same.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PrivateImagesTest {
    private static final String USER = "alice";
    private static final String PASSWORD = "cargo-of-alice-7c1e";
    private static final String CREDENTIALS = USER + ":" + PASSWORD;
    private static final String OCI = "application/vnd.oci.image.manifest.v1+json, application/octet-stream";
    private static final Duration PULL = Duration.ofMinutes(1);

    /** An image, the registry that has it, and what is there besides. */
    private record Cargo(String registry, String repository, OciImage image, boolean isPublic) {
        String name() {
            return repository + ":1";
        }

        List<String> paths() {
            List<String> paths = new ArrayList<>(List.of("manifests/1", "manifests/" + image.manifest()));
            image.blobs().forEach(blob -> paths.add("blobs/" + blob.digest()));
            return paths;
        }

        URI at(LighterProcess process, String path) {
            return process.http().resolve("/v2/" + repository + "/" + path + "?ns=" + registry);
        }
    }

    private static Workspace workspace;
    private static TokenServer tokens;
    private static final List<AutoCloseable> registries = new ArrayList<>();
    private static final List<Cargo> cargos = new ArrayList<>();
    private static LighterProcess supernode;
    private static LighterProcess basicNode;
    private static LighterProcess tokenNode;

    /** Has credentials of its own. */
    private static LighterProcess lendingNode;

    private static Map<String, URI> upstreams;

    @BeforeAll
    static void startDatacenter() throws Exception {
        Requires.root();
        Requires.programs("docker-registry", "skopeo", "htpasswd");
        Requires.lighter();
        workspace = Workspace.create();
        tokens = workspace.own(TokenServer.start(workspace.directory("tokens"), Map.of(USER, PASSWORD)));
        DockerRegistry open = registry("open", DockerRegistry.Access.OPEN);
        DockerRegistry basic = registry(
                "basic", DockerRegistry.Access.htpasswd(workspace.directory("basic"), USER, PASSWORD));
        DockerRegistry token = registry("token", tokens.access(CREDENTIALS));
        upstreams = Map.of("open.test", open.url(), "basic.test", basic.url(), "token.test", token.url());
        publish(open, "open.test", "library/open", true, 1);
        publish(basic, "basic.test", "team/basic", false, 2);
        publish(token, "token.test", "team/token", false, 3);
        publish(token, "token.test", "library/token", true, 4);
        supernode = LighterProcess.supernode(workspace, upstreams, LighterProcess.Place.HERE, "--verbose");
        basicNode = node("node-basic", "basic.test");
        tokenNode = node("node-token", "token.test");
        Path config = Files.writeString(
                workspace.directory("lent").resolve("config.json"),
                "{\"auths\": {\"basic.test\": {\"auth\": \"%s\"}}}".formatted(basic(CREDENTIALS).substring(6)));
        lendingNode = node("node-lending", "basic.test", "--docker-config", config.toString());
    }

    private static DockerRegistry registry(String name, DockerRegistry.Access access) throws Exception {
        DockerRegistry registry =
                workspace.own(DockerRegistry.start(workspace.directory(name), Ports.free(), access));
        registries.add(registry);
        return registry;
    }

    private static void publish(DockerRegistry at, String registry, String repository, boolean isPublic, long seed)
            throws Exception {
        OciImage image = Images.random(workspace, "image-" + seed, 2, 700_000, seed);
        at.push(image, repository + ":1");
        cargos.add(new Cargo(registry, repository, image, isPublic));
    }

    private static LighterProcess node(String name, String defaultRegistry, String... more) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("--default-registry", defaultRegistry, "--verbose"));
        arguments.addAll(List.of(more));
        return LighterProcess.node(
                workspace, name, supernode.http(), upstreams, LighterProcess.Place.HERE,
                arguments.toArray(String[]::new));
    }

    @AfterAll
    static void cleanUp() throws Exception {
        if (workspace != null) {
            workspace.close();
        }
    }

    private static Cargo cargo(String repository) {
        return cargos.stream().filter(cargo -> cargo.repository.equals(repository)).findFirst().orElseThrow();
    }

    private static List<Cargo> secret() {
        return cargos.stream().filter(cargo -> !cargo.isPublic).toList();
    }

    private static List<LighterProcess> mirrors() {
        return List.of(supernode, basicNode, tokenNode);
    }

    private static String basic(String credentials) {
        return "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
    }

    /** What a client of the cargo's registry sends who may read it. */
    private static String right(Cargo cargo) {
        return cargo.registry.equals("token.test")
                ? "Bearer " + tokens.token(USER, cargo.repository)
                : basic(CREDENTIALS);
    }

    /** The node that speaks for the cargo's registry to clients that do not name one. */
    private static String localName(Cargo cargo, String host) {
        LighterProcess node = cargo.registry.equals("basic.test") ? basicNode : tokenNode;
        return host + ":" + node.http().getPort() + "/" + cargo.name();
    }

    @Test
    @Order(1)
    void containerdPullsWhatItsCredentialsMayReadAndNothingElse() throws Exception {
        Requires.programs("containerd", "ctr");
        Mirror mirror = basicNode.mirror();
        try (Containerd engine = Containerd.start(workspace.directory("c"), mirror)) {
            for (Cargo cargo : cargos) {
                Programs.Result without = engine.pull(mirror, cargo.registry, cargo.name());
                assertThat(without.status() == 0).as("without credentials: %s", without).isEqualTo(cargo.isPublic);
                engine.pull(mirror, cargo.registry, cargo.name(), "--user", CREDENTIALS).orFail();
            }
        }
    }

    @Test
    @Order(1)
    void dockerPullsAfterALogin() throws Exception {
        Requires.programs("dockerd", "docker", "containerd");
        try (Dockerd engine = Dockerd.start(workspace.directory("d"), basicNode.mirror())) {
            for (Cargo cargo : cargos.subList(1, 4)) {
                String name = localName(cargo, "localhost");
                String host = name.substring(0, name.indexOf('/'));
                engine.docker(PULL, "logout", host);
                assertThat(engine.docker(PULL, "pull", name).status() == 0).as(name).isEqualTo(cargo.isPublic);
                engine.docker(PULL, "login", "--username", USER, "--password", PASSWORD, host).orFail();
                engine.docker(PULL, "pull", name).orFail();
                assertThat(engine.docker(PULL, "image", "inspect", "--format", "{{.Id}}", name).orFail().out())
                        .contains(cargo.image.blobs().getFirst().digest().toString());
            }
        }
    }

    @Test
    @Order(1)
    void podmanPullsWithCredentials() throws Exception {
        Requires.programs("podman", "runc");
        Path directory = workspace.directory("p");
        try (Podman engine = Podman.in(directory, tokenNode.mirror())) {
            Path policy = Files.writeString(
                    directory.resolve("policy.json"), "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}");
            for (Cargo cargo : cargos.subList(1, 4)) {
                List<String> pull = new ArrayList<>(List.of(
                        "pull", "--quiet", "--tls-verify=false", "--signature-policy", policy.toString()));
                Programs.Result without = engine.podman(PULL, with(pull, localName(cargo, "127.0.0.1")));
                assertThat(without.status() == 0).as("without credentials: %s", without).isEqualTo(cargo.isPublic);
                pull.addAll(List.of("--creds", CREDENTIALS));
                assertThat(engine.podman(PULL, with(pull, localName(cargo, "127.0.0.1"))).orFail().out())
                        .contains(cargo.image.blobs().getFirst().digest().hex());
            }
        }
    }

    @Test
    @Order(1)
    void skopeoCopiesWithCredentialsForTheMirrorOfARegistry() throws Exception {
        Path directory = workspace.directory("s");
        for (Cargo cargo : cargos.subList(1, 4)) {
            String mirror = localName(cargo, "127.0.0.1").replaceFirst("/.*", "");
            Path conf = Files.writeString(directory.resolve("registries.conf"), """
                    [[registry]]
                    prefix = "%1$s"
                    location = "%1$s"
                    [[registry.mirror]]
                    location = "%2$s"
                    insecure = true
                    """.formatted(cargo.registry, mirror));
            Path authorizations = Files.writeString(
                    directory.resolve("auth.json"),
                    "{\"auths\": {\"%s\": {\"auth\": \"%s\"}}}".formatted(mirror, basic(CREDENTIALS).substring(6)));
            String[] copy = {
                "--insecure-policy", "--registries-conf", conf.toString(), "copy", "--quiet", "--authfile",
                authorizations.toString(), "docker://" + cargo.registry + "/" + cargo.name(),
                "dir:" + Files.createTempDirectory(directory, "copy")
            };
            Skopeo.run(copy).orFail();
            Files.writeString(authorizations, "{\"auths\": {}}");
            assertThat(Skopeo.run(copy).status() == 0).as(cargo.name()).isEqualTo(cargo.isPublic);
        }
    }

    private static String[] with(List<String> arguments, String last) {
        List<String> all = new ArrayList<>(arguments);
        all.add(last);
        return all.toArray(String[]::new);
    }

    @Test
    @Order(2)
    void whoHasNoCredentialsOrWrongOnesGetsNothingOfAPrivateImageThatIsCached() throws Exception {
        for (LighterProcess mirror : mirrors()) {
            for (Cargo cargo : secret()) {
                for (String path : cargo.paths()) {
                    URI url = cargo.at(mirror, path);
                    // So it is cached here.
                    assertThat(status(url, "Authorization", right(cargo))).as("%s", url).isEqualTo(200);
                    for (String method : List.of("GET", "HEAD")) {
                        assertThat(Http.ask(method, url).statusCode()).as("%s %s", method, url).isEqualTo(401);
                        assertThat(Http.ask(method, url, "Authorization", basic("alice:guess")).statusCode())
                                .as("%s %s with a wrong password", method, url)
                                .isEqualTo(401);
                        assertThat(Http.ask(method, url, "Authorization", "Bearer forged").statusCode())
                                .as("%s %s with a forged token", method, url)
                                .isEqualTo(401);
                    }
                    assertThat(Http.ask("GET", url).headers().firstValue("WWW-Authenticate")).isPresent();
                }
            }
        }
    }

    @Test
    @Order(2)
    void aRightDigestInARepositoryThatOneMayReadGetsNothingThatIsNotThere() throws Exception {
        Cargo open = cargo("library/open");
        Cargo other = cargo("library/token");
        for (LighterProcess mirror : mirrors()) {
            for (Cargo cargo : secret()) {
                for (String path : cargo.paths().subList(1, cargo.paths().size())) {
                    for (URI url : List.of(open.at(mirror, path), other.at(mirror, path))) {
                        assertThat(Http.ask("GET", url).statusCode()).as("%s", url).isEqualTo(404);
                        assertThat(Http.ask("HEAD", url).statusCode()).as("%s", url).isEqualTo(404);
                    }
                }
            }
        }
    }

    @Test
    @Order(2)
    void aTokenForOneRepositoryIsWorthNothingInAnother() throws Exception {
        Cargo cargo = cargo("team/token");
        String token = "Bearer " + tokens.token(USER, "team/elsewhere");
        for (LighterProcess mirror : mirrors()) {
            for (String path : cargo.paths()) {
                URI url = cargo.at(mirror, path);
                assertThat(status(url, "Authorization", token)).as("%s", url).isEqualTo(401);
            }
        }
    }

    @Test
    @Order(2)
    void aHostWithoutAGrantGetsNothingOverTheExchange() throws Exception {
        for (LighterProcess process : mirrors()) {
            double before = metric(process, "lighterage_access_grants_total{result=\"missing\"");
            int asked = 0;
            try (RawHost host = new RawHost(process)) {
                for (Cargo cargo : secret()) {
                    for (OciImage.Blob blob : cargo.image.blobs()) {
                        refused(host, new Frame.Open(blob.digest(), Optional.empty(), true), 401);
                        asked++;
                    }
                    refused(host, new Frame.Open(cargo.image.manifest(), Optional.empty(), true), 401);
                    asked++;
                }
            }
            assertThat(metric(process, "lighterage_access_grants_total{result=\"missing\"") - before).isEqualTo(asked);
        }
    }

    private static void refused(RawHost host, Frame.Open open, int status) throws Exception {
        assertThat(host.ask(open)).isInstanceOfSatisfying(Frame.Refused.class, refused -> {
            assertThat(refused.digest()).isEqualTo(open.digest());
            assertThat(refused.refusal().status()).isEqualTo(status);
        });
        assertThat(host.ask(new Frame.Want(1, open.digest(), 0, Priority.ON_DEMAND))).isInstanceOf(Frame.Busy.class);
    }

    @Test
    @Order(2)
    void aHostThatNamesARepositoryIsAskedForItsCredentials() throws Exception {
        try (RawHost host = new RawHost(supernode)) {
            for (Cargo cargo : secret()) {
                Digest blob = cargo.image.largest().digest();
                Repository there = new Repository(cargo.registry, cargo.repository);
                for (String authorization : List.of("", basic("alice:guess"))) {
                    refused(host, new Frame.Open(blob, Optional.of(new Frame.Origin(there, authorization)), true), 401);
                }
                Repository open = new Repository("open.test", "library/open");
                refused(host, new Frame.Open(blob, Optional.of(new Frame.Origin(open, "")), true), 404);
            }
        }
    }

    @Test
    @Order(2)
    void credentialsThatAreTooLongAreRefusedAndCounted() throws Exception {
        Cargo cargo = cargo("team/basic");
        for (LighterProcess mirror : mirrors()) {
            double before = metric(mirror, "lighterage_access_decisions_total{how=\"oversized\"");
            URI url = cargo.at(mirror, "manifests/1");
            assertThat(Http.ask("GET", url, "Authorization", "Bearer " + "x".repeat(29_000)).statusCode())
                    .isEqualTo(431);
            assertThat(metric(mirror, "lighterage_access_decisions_total{how=\"oversized\"") - before).isEqualTo(1);
        }
    }

    @Test
    @Order(3)
    void aPrivateImageIsMountedByTheCredentialsOfItsNodeOnly() throws Exception {
        Requires.fuse();
        Cargo cargo = cargo("team/basic");
        Path mount = workspace.directory("mount");
        String reference = cargo.registry + "/" + cargo.name();
        Programs.Result refused = mount(basicNode, reference, mount);
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).contains("401");
        mount(lendingNode, reference, mount).orFail();
        try {
            assertThat(Files.size(mount.resolve("srv/0"))).isEqualTo(700_000);
            assertThat(Files.readAllBytes(mount.resolve("srv/1"))).hasSize(700_000);
        } finally {
            LighterProcess.run(PULL, "umount", mount.toString(), "--node", lendingNode.http().toString()).orFail();
        }
        URI traces = supernode.about(
                "/api/v1/traces", cargo.registry + "/" + cargo.repository + "@" + cargo.image.manifest());
        Await.until(
                () -> status(traces, "Authorization", basic(CREDENTIALS)) == 200,
                PULL,
                () -> "no trace of what was read:\n" + lendingNode.log());
        for (String method : List.of("GET", "POST")) {
            assertThat(Http.ask(method, traces).statusCode()).isEqualTo(401);
            assertThat(Http.ask(method, traces, "Authorization", basic("alice:guess")).statusCode()).isEqualTo(401);
        }
    }

    @Test
    @Order(3)
    void aNodeLendsItsCredentialsToWhoSendsNoneAndNotToWhoSendsWrongOnes() throws Exception {
        Cargo cargo = cargo("team/basic");
        for (String path : cargo.paths()) {
            URI url = cargo.at(lendingNode, path);
            assertThat(status(url)).as("%s", url).isEqualTo(200);
            assertThat(status(url, "Authorization", basic("alice:guess"))).as("%s", url).isEqualTo(401);
        }
        assertThat(status(cargo("team/token").at(lendingNode, "manifests/1"))).isEqualTo(401);
    }

    private static Programs.Result mount(LighterProcess node, String reference, Path at) throws Exception {
        return LighterProcess.run(PULL, "mount", reference, at.toString(), "--node", node.http().toString());
    }

    @Test
    @Order(4)
    void withoutRegistriesWhatWasAllowedStaysSoOverRestartsAndNothingElse() throws Exception {
        for (AutoCloseable registry : registries) {
            registry.close();
        }
        tokens.close();
        for (LighterProcess process : List.of(supernode, basicNode, tokenNode, lendingNode)) {
            process.killHard();
            process.start();
        }
        Cargo cargo = cargo("team/basic");
        Map<URI, Future<Integer>> allowed = new HashMap<>();
        List<Future<Integer>> refused = new ArrayList<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            cargo.paths().forEach(path -> allowed.put(
                    cargo.at(lendingNode, path), clients.submit(() -> status(cargo.at(lendingNode, path)))));
            for (LighterProcess mirror : mirrors()) {
                for (Cargo open : List.of(cargo("library/open"), cargo("library/token"))) {
                    open.paths().forEach(path -> allowed.put(
                            open.at(mirror, path), clients.submit(() -> status(open.at(mirror, path)))));
                }
                for (String path : cargo.paths()) {
                    URI url = cargo.at(mirror, path);
                    allowed.put(url, clients.submit(() -> status(url, "Authorization", basic(CREDENTIALS))));
                    refused.add(clients.submit(() -> status(url)));
                    refused.add(clients.submit(() -> status(url, "Authorization", basic("alice:guess"))));
                    if (!path.endsWith("/1")) {
                        refused.add(clients.submit(() -> status(cargo("library/token").at(mirror, path))));
                    }
                }
            }
        }
        for (Map.Entry<URI, Future<Integer>> answer : allowed.entrySet()) {
            assertThat(answer.getValue().get()).as("%s", answer.getKey()).isEqualTo(200);
        }
        for (Future<Integer> answer : refused) {
            assertThat(answer.get()).isBetween(500, 504);
        }
        assertThat(metric(supernode, "lighterage_access_decisions_total{how=\"offline\"")).isPositive();
    }

    @Test
    @Order(5)
    void noCredentialIsInAnyLog() {
        for (LighterProcess process : List.of(supernode, basicNode, tokenNode, lendingNode)) {
            assertThat(process.log()).contains("INFO").doesNotContain(secrets());
        }
    }

    private static List<String> secrets() {
        List<String> secrets = new ArrayList<>(List.of(PASSWORD, basic(CREDENTIALS).substring(6)));
        tokens.issued().forEach(token -> secrets.add(token.substring(token.lastIndexOf('.') + 1)));
        return secrets;
    }

    private static int status(URI url, String... headers) throws Exception {
        // Without this the registry has no OCI manifests.
        String[] all = Arrays.copyOf(new String[] {"Accept", OCI}, 2 + headers.length);
        System.arraycopy(headers, 0, all, 2, headers.length);
        return Http.ask("GET", url, all).statusCode();
    }

    private static double metric(LighterProcess process, String name) throws Exception {
        return new String(Http.get(process.http().resolve("/metrics")), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith(name))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
