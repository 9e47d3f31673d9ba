package io.lighterage.tests.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.Digest;
import io.lighterage.tests.mirror.FaultyUpstream.Fault;
import io.lighterage.tests.support.Await;
import io.lighterage.tests.support.DockerRegistry;
import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.Mirror;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.Workspace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A node and its supernode between an upstream that fails in every way and clients that behave badly or come in crowds.
 */
class HostileWorldTest {
    private static final String REPOSITORY = "hostile/app";
    private static final String LIMITED = "limited.test";
    private static final String SEVERAL = "several.test";
    private static final int CROWD = 2_000;
    private static final int IDLE = 10_000;
    private static final long MOST_RESIDENT_KIB = 256 << 10;

    private static Workspace workspace;
    private static DockerRegistry registry;
    private static FaultyUpstream upstream;
    private static FaultyUpstream limited;
    private static LighterProcess supernode;
    private static LighterProcess node;
    private static Cargo cargo;

    @BeforeAll
    static void startDatacenter() throws Exception {
        Requires.programs("docker-registry");
        Requires.lighter();
        workspace = Workspace.create();
        registry = workspace.own(DockerRegistry.start(workspace.directory("registry")));
        cargo = Cargo.push(registry.url(), REPOSITORY);
        upstream = workspace.own(new FaultyUpstream(registry.url()));
        limited = workspace.own(new FaultyUpstream(registry.url()));
        Map<String, URI> upstreams = Map.of(Mirror.REGISTRY, upstream.url(), LIMITED, limited.url());
        String places = SEVERAL + "=" + upstream.url() + "," + registry.url();
        String[] more = {
            "--push-through", Mirror.REGISTRY, "--tag-lifetime", "3600", "--upstream", places, "--verbose"
        };
        supernode = LighterProcess.supernode(workspace, upstreams, LighterProcess.Place.HERE, more);
        node = LighterProcess.node(workspace, "node", supernode.http(), upstreams, LighterProcess.Place.HERE, more);
    }

    @AfterAll
    static void cleanUp() throws Exception {
        if (workspace != null) {
            workspace.close();
        }
    }

    @AfterEach
    void mend() {
        upstream.does(Fault.NONE);
    }

    private static String at(String path) {
        return "/v2/" + REPOSITORY + "/" + path + "?ns=" + Mirror.REGISTRY;
    }

    @ParameterizedTest
    @EnumSource(value = Fault.class, names = {"ERROR", "SLOW", "TRUNCATED", "WRONG"})
    void whateverUpstreamDoesAnAnswerIsRightOrAnErrorAndTheCacheStaysClean(Fault fault) throws Exception {
        byte[] blob = new byte[400_000];
        new Random(fault.ordinal()).nextBytes(blob);
        String digest = Digest.of(blob).toString();
        Cargo.pushBlob(registry.url(), REPOSITORY, digest, blob);
        String json = new String(cargo.manifests().get("oci").content(), StandardCharsets.UTF_8);
        byte[] manifest = json.replaceFirst("}$", ",\"annotations\":{\"fault\":\"" + fault + "\"}}")
                .getBytes(StandardCharsets.UTF_8);
        RawHttp.send(registry.url(), "PUT", "/v2/" + REPOSITORY + "/manifests/" + fault,
                Map.of("Content-Type", Cargo.OCI), manifest);

        upstream.does(fault);
        rightOrAnError(at("manifests/" + fault), manifest);
        rightOrAnError(at("manifests/" + Digest.of(manifest)), manifest);
        rightOrAnError(at("blobs/" + digest), blob);

        upstream.does(Fault.NONE);
        for (String path : List.of(at("manifests/" + fault), at("manifests/" + Digest.of(manifest)))) {
            Await.until(
                    () -> RawHttp.get(node.http(), path, Map.of("Accept", Cargo.OCI)).status() == 200,
                    Duration.ofSeconds(30),
                    () -> path + " did not recover from " + fault);
            assertThat(RawHttp.get(node.http(), path, Map.of("Accept", Cargo.OCI)).body()).isEqualTo(manifest);
        }
        Await.until(
                () -> RawHttp.get(node.http(), at("blobs/" + digest), Map.of()).status() == 200,
                Duration.ofSeconds(30),
                () -> "the blob did not recover from " + fault);
        assertThat(RawHttp.get(node.http(), at("blobs/" + digest), Map.of()).body()).isEqualTo(blob);
    }

    /** A body that breaks off is an error that every client notices. */
    private static void rightOrAnError(String path, byte[] content) throws IOException {
        RawHttp.Answer answer;
        try {
            answer = RawHttp.get(node.http(), path, Map.of("Accept", Cargo.OCI));
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("ended after");
            return;
        }
        if (answer.status() == 200) {
            assertThat(answer.body()).isEqualTo(content);
        } else {
            assertThat(answer.status()).isGreaterThanOrEqualTo(500);
            assertThat(answer.text()).startsWith("{\"errors\":[{\"code\":");
        }
    }

    @Test
    void ofTheSeveralPlacesOfARegistryTheNextIsAskedWhereOneFails() throws Exception {
        byte[] blob = new byte[400_000];
        new Random(40).nextBytes(blob);
        String digest = Digest.of(blob).toString();
        Cargo.pushBlob(registry.url(), "several/app", digest, blob);
        Cargo there = Cargo.push(registry.url(), "several/app");
        upstream.does(Fault.ERROR);
        RawHttp.Answer manifest =
                RawHttp.get(node.http(), "/v2/several/app/manifests/oci?ns=" + SEVERAL, Map.of("Accept", Cargo.OCI));
        assertThat(manifest.body()).isEqualTo(there.manifests().get("oci").content());
        assertThat(RawHttp.get(node.http(), "/v2/several/app/blobs/" + digest + "?ns=" + SEVERAL, Map.of()).body())
                .isEqualTo(blob);
        assertThat(upstream.seen()).contains("GET /v2/several/app/manifests/oci");
    }

    @Test
    void aLimitThatUpstreamToldIsKeptByTheWholeDatacenter() throws Exception {
        limited.does(Fault.LIMIT);
        for (int i = 0; i < 10; i++) {
            String path = "/v2/" + REPOSITORY + "/manifests/" + (i % 2 == 0 ? "oci" : "docker") + "?ns=" + LIMITED;
            RawHttp.Answer answer = RawHttp.get(node.http(), path, Map.of("Accept", Cargo.OCI));
            assertThat(answer.status()).isEqualTo(429);
            assertThat(Integer.parseInt(answer.header("retry-after").orElseThrow())).isBetween(3000, 3600);
        }
        assertThat(limited.seen()).hasSize(1);
    }

    @Test
    void whatIsPushedThroughTheMirrorIsInTheRegistryAndSeenAtOnce() throws Exception {
        String through = Mirror.REGISTRY + "/pushed/app";
        Cargo pushed = Cargo.push(node.http(), through);
        for (Map.Entry<String, byte[]> blob : pushed.blobs().entrySet()) {
            RawHttp.Answer there = RawHttp.get(registry.url(), "/v2/pushed/app/blobs/" + blob.getKey(), Map.of());
            assertThat(there.body()).isEqualTo(blob.getValue());
        }
        for (String kind : List.of("oci", "artifact", "oci")) {
            Cargo.Manifest manifest = pushed.manifests().get(kind);
            RawHttp.send(
                    node.http(), "PUT", "/v2/" + through + "/manifests/moving", Map.of("Content-Type", manifest.type()),
                    manifest.content());
            RawHttp.Answer answer =
                    RawHttp.get(node.http(), "/v2/" + through + "/manifests/moving", Map.of("Accept", Cargo.OCI));
            assertThat(answer.body()).isEqualTo(manifest.content());
        }
        RawHttp.Answer elsewhere =
                RawHttp.send(node.http(), "POST", "/v2/" + LIMITED + "/pushed/app/blobs/uploads/",
                        Map.of(), new byte[0]);
        assertThat(elsewhere.status()).isEqualTo(405);
    }

    @Test
    void noCredentialReachesALogWhateverIsAskedWithIt() throws Exception {
        List<String> secrets = new ArrayList<>();
        List<Fault> faults = List.of(Fault.NONE, Fault.ERROR);
        for (int i = 0; i < 2 * faults.size(); i++) {
            upstream.does(faults.get(i / 2));
            String secret = "hush" + i + "hush" + i;
            String basic = Base64.getEncoder().encodeToString(("user:" + secret).getBytes(StandardCharsets.UTF_8));
            secrets.addAll(List.of(secret, basic));
            String authorization = i % 2 == 0 ? "Basic " + basic : "Bearer " + secret;
            List<String> paths = List.of(
                    at("manifests/nothing"), at("blobs/sha256:" + "1".repeat(64)), at("manifests/oci"), at("tags/list"),
                    at("manifests/..%2F"), "/v2/", "/nothing", at("referrers/x"));
            // A failing request is tried again for seconds.
            for (String path : paths.subList(0, faults.get(i / 2) == Fault.ERROR ? 1 : paths.size())) {
                RawHttp.get(node.http(), path, Map.of("Authorization", authorization, "Accept", Cargo.OCI));
            }
            RawHttp.send(
                    node.http(), "POST", at("blobs/uploads/"), Map.of("Authorization", authorization), new byte[0]);
        }
        assertThat(supernode.log() + node.log()).isNotEmpty().doesNotContain(secrets);
    }

    @Test
    void aCrowdOfSmallRequestsIsAnsweredWithoutAnError() throws Exception {
        Cargo.Manifest manifest = cargo.manifests().get("oci");
        Map.Entry<String, byte[]> config = cargo.blobs().entrySet().iterator().next();
        List<Future<RawHttp.Answer>> answers = new ArrayList<>();
        try (ExecutorService crowd = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CROWD; i++) {
                String path = i % 2 == 0 ? at("manifests/" + manifest.digest()) : at("blobs/" + config.getKey());
                answers.add(crowd.submit(() -> RawHttp.get(node.http(), path, Map.of("Accept", manifest.type()))));
            }
            for (int i = 0; i < CROWD; i++) {
                RawHttp.Answer answer = answers.get(i).get();
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo(i % 2 == 0 ? manifest.content() : config.getValue());
            }
        }
    }

    @Test
    void tenThousandIdleConnectionsCostBoundedMemoryAndKeepNobodyOut() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        InetSocketAddress address = new InetSocketAddress(node.http().getHost(), node.http().getPort());
        try {
            for (int i = 0; i < IDLE; i++) {
                Socket socket = new Socket();
                sockets.add(socket);
                socket.connect(address, 30_000);
                if (i % 2 == 0) {
                    socket.getOutputStream()
                            .write("GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                }
            }
            String manifest = at("manifests/" + cargo.manifests().get("oci").digest());
            assertThat(RawHttp.get(node.http(), manifest, Map.of("Accept", Cargo.OCI)).status()).isEqualTo(200);
            assertThat(residentKib(node.pid())).isLessThan(MOST_RESIDENT_KIB);
            String metrics = RawHttp.get(node.http(), "/metrics", Map.of()).text();
            assertThat(metrics).containsPattern("lighterage_mirror_rejected_total\\{reason=\"crowd\"} [1-9]");
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    private static long residentKib(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
    }
}
