package io.lighterage.tests.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.blockdev.prefetch.TraceDocument;
import io.lighterage.peer.content.Digest;
import io.lighterage.tests.support.Await;
import io.lighterage.tests.support.CriClient;
import io.lighterage.tests.support.DockerRegistry;
import io.lighterage.tests.support.Http;
import io.lighterage.tests.support.Images;
import io.lighterage.tests.support.LazyContainerd;
import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.Mirror;
import io.lighterage.tests.support.OciImage;
import io.lighterage.tests.support.Podman;
import io.lighterage.tests.support.Programs;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.SnapshotsClient;
import io.lighterage.tests.support.SnapshotsClient.Answer;
import io.lighterage.tests.support.TreeImage;
import io.lighterage.tests.support.Workspace;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Containers of images that were never unpacked, by each way in which containerd is asked for them. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LazyContainersTest {
    private static final String LAZY = Mirror.REGISTRY + "/team/tree:1";
    private static final String PAUSE = Mirror.REGISTRY + "/team/pause:1";
    private static final String REFERENCE = "containerd.io/snapshot.ref";
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int MANY = 100;
    private static final long COMMITTED = 3;

    /** By this containerd does not collect a snapshot as garbage. */
    private static final Map<String, String> KEPT = Map.of("containerd.io/gc.root", "1");

    private static Workspace workspace;
    private static DockerRegistry registry;
    private static Map<String, URI> upstreams;
    private static OciImage image;
    private static LighterProcess supernode;
    private static LighterProcess node;
    private static LazyContainerd containerd;

    @BeforeAll
    static void start() throws Exception {
        Requires.root();
        Requires.programs(
                "docker-registry", "skopeo", "debootstrap", "tar", "setcap", "containerd", "ctr", "ctr-remote", "runc");
        Requires.lighter();
        Requires.fuse();
        workspace = Workspace.create();
        registry = workspace.own(DockerRegistry.start(workspace.directory("registry")));
        upstreams = Map.of(Mirror.REGISTRY, registry.url());
        image = TreeImage.get();
        registry.push(image, "team/tree:1");
        Path pause = workspace.directory("pause").resolve("oci");
        registry.push(OciImage.create(pause, List.of(Images.debianBase()), "/bin/sleep", "600"), "team/pause:1");
        supernode = LighterProcess.supernode(workspace, upstreams);
        Path socket = workspace.directory("run").resolve("s");
        node = LighterProcess.node(
                workspace, "node", supernode.http(), upstreams, LighterProcess.Place.HERE,
                "--prefetch-delay", "86400", "--lazy-wait", "60", "--snapshotter", socket.toString());
        containerd = workspace.own(LazyContainerd.start(workspace.directory("c"), socket, node.mirror(), PAUSE));
        containerd.remotePull(LAZY);
    }

    @AfterAll
    static void cleanUp() throws Exception {
        if (workspace == null) {
            return;
        }
        try (Workspace closed = workspace) {
            // A node that ends while nothing is mounted ends its file system too.
            String root = closed.directory("").toString();
            List<String> mounts = new ArrayList<>(Files.readAllLines(Path.of("/proc/self/mounts")));
            for (String line : mounts.reversed()) {
                String[] mount = line.split(" ");
                if (mount[1].startsWith(root + "/") && !mount[2].startsWith("fuse")) {
                    Programs.run(DEADLINE, "umount", mount[1]).orFail();
                }
            }
        }
    }

    @Test
    @Order(1)
    void aPulledImageHasNoFilesAndItsContainersReadAndWrite() throws Exception {
        String script =
                "sha256sum /srv/cargo/small && echo x > /srv/cargo/small && rm -r /etc/apt && cat /srv/cargo/small";

        String out = containerd.run(LAZY, "reads-and-writes", "sh", "-c", script);

        String small = Digest.of(TreeImage.original(TreeImage.SMALL)).hex();
        assertThat(out).startsWith(small).endsWith("x\n");
        assertThat(containerd.run(LAZY, "again", "sha256sum", "/srv/cargo/small")).startsWith(small);
        String content = containerd.ctr("content", "ls", "-q").orFail().out();
        for (OciImage.Blob layer : image.blobs().subList(1, image.blobs().size())) {
            assertThat(content).doesNotContain(layer.digest().toString());
        }
        assertThat(imageMounts()).hasSize(1);
        assertThat(snapshots().path("remoteLayers").asInt()).isEqualTo(image.blobs().size() - 1);
    }

    @Test
    @Order(2)
    void whatALaterContainerReadsIsInTheTraceOfTheImageToo() throws Exception {
        Await.until(
                () -> Http.status(trace()) == 200, DEADLINE, () -> "the first start left no trace:\n" + node.log());
        int before = TraceDocument.parse(Http.get(trace())).entries().size();

        containerd.run(LAZY, "reads-more", "sha256sum", "/usr/bin/bash");

        Await.until(
                () -> TraceDocument.parse(Http.get(trace())).entries().size() > before,
                DEADLINE,
                () -> "what a later container read was not told:\n" + node.log());
    }

    private static URI trace() {
        return supernode.traces(LAZY, image.manifest());
    }

    @Test
    void aPodOfAKubeletRunsOnTheSameMount() throws Exception {
        try (CriClient kubelet = new CriClient(containerd.socket())) {
            kubelet.pull(LAZY, 60);
            String pod = kubelet.runPod();
            try {
                String container = kubelet.start(pod, LAZY, "sleep", "600");
                assertThat(kubelet.exec(container, "sha256sum", "/srv/cargo/small"))
                        .startsWith(Digest.of(TreeImage.original(TreeImage.SMALL)).hex());
            } finally {
                kubelet.removePod(pod);
            }
        }
        assertThat(imageMounts()).hasSize(1);
    }

    @Test
    void podmanRunsUponAMountedImageAndKeepsItAsItIs() throws Exception {
        Requires.programs("podman");
        Path mounted = workspace.directory("mounted-for-podman");
        LighterProcess.run(DEADLINE, "mount", LAZY, mounted.toString(), "--node", node.http().toString()).orFail();
        try {
            String out = Podman.in(workspace.directory("podman"), node.mirror())
                    .podman(
                            DEADLINE,
                            "run", "--rm", "--network=none", "--rootfs", mounted + ":O",
                            "sh", "-c", "sha256sum /srv/cargo/small && echo x > /srv/cargo/small && rm -r /etc/apt")
                    .orFail()
                    .out();
            String small = Digest.of(TreeImage.original(TreeImage.SMALL)).hex();
            assertThat(out).startsWith(small);
            assertThat(Digest.of(Files.readAllBytes(mounted.resolve(TreeImage.SMALL))).hex()).isEqualTo(small);
        } finally {
            Programs.run(DEADLINE, "umount", mounted.toString()).orFail();
        }
    }

    @Test
    void aPlainPullUnpacksAndGivesTheSameFiles() throws Exception {
        OciImage plain = Images.random(workspace, "plain", 2, 100_000, 21);
        registry.push(plain, "team/plain:1");
        int remote = snapshots().path("remoteLayers").asInt();

        containerd.pull(Mirror.REGISTRY + "/team/plain:1");

        assertThat(snapshots().path("remoteLayers").asInt()).isEqualTo(remote);
        Path tree = shown(Chains.of(plain).getLast());
        assertThat(Files.size(tree.resolve("srv/0"))).isEqualTo(100_000);
        assertThat(Files.size(tree.resolve("srv/1"))).isEqualTo(100_000);
    }

    @Test
    void aLabelThatLiesMakesAnOrdinarySnapshot() throws Exception {
        List<String> chains = Chains.of(image);
        String layer = image.blobs().get(1).digest().toString();
        String nothing = Digest.of(new byte[] {1}).toString();
        try (SnapshotsClient client =
                new SnapshotsClient(containerd.socket(), LazyContainerd.SNAPSHOTTER, "strangers")) {
            List<Map<String, String>> lies = List.of(
                    Map.of(REFERENCE, "sha256:no"),
                    Map.of(REFERENCE, nothing),
                    Map.of(REFERENCE, chains.getLast()),
                    Map.of(REFERENCE, chains.getFirst(), "containerd.io/snapshot/cri.layer-digest", nothing),
                    Map.of(
                            REFERENCE, chains.getFirst(),
                            "containerd.io/snapshot/cri.image-ref", LAZY,
                            "containerd.io/snapshot/cri.manifest-digest", nothing));
            for (int i = 0; i < lies.size(); i++) {
                assertThat(client.prepare("liar-" + i, "", kept(lies.get(i))).orFail().mounts()).hasSize(1).first()
                        .asString().startsWith("bind ");
                client.remove("liar-" + i).orFail();
            }
            Map<String, String> exact = Map.of(
                    REFERENCE, chains.getFirst(),
                    "containerd.io/snapshot/cri.image-ref", LAZY,
                    "containerd.io/snapshot/cri.manifest-digest", image.manifest().toString(),
                    "containerd.io/snapshot/cri.layer-digest", layer);
            assertThat(client.prepare("honest", "", kept(exact)).error()).isEqualTo("ALREADY_EXISTS already exists");
            assertThat(client.stat("honest").error()).startsWith("NOT_FOUND");
            assertThat(client.stat(chains.getFirst()).orFail().message().message(1).orElseThrow().number(3))
                    .isEqualTo(COMMITTED);
            client.remove(chains.getFirst()).orFail();
        }
    }

    @Test
    void aHundredContainersAtOnceShareAMountAndFetchNoChunkTwice() throws Exception {
        long receivedBefore = received();
        long presentBefore = status().path("store").path("presentBytes").asLong();
        Path work = workspace.directory("hundred");
        String top = Chains.of(image).getLast();
        try (SnapshotsClient client = new SnapshotsClient(containerd.socket(), LazyContainerd.SNAPSHOTTER);
                ExecutorService starters = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answer>> prepared = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                String key = "hundred-" + i;
                prepared.add(starters.submit(() -> client.prepare(key, top, KEPT)));
            }
            StringBuilder script = new StringBuilder("set -e\n");
            for (int i = 0; i < MANY; i++) {
                String[] mount = prepared.get(i).get(60, TimeUnit.SECONDS).orFail().mounts().getFirst().split(" ");
                script.append("mkdir %1$d; mount -t overlay -o %2$s overlay %1$d\n".formatted(i, mount[2]));
            }
            script.append("for i in *; do sha256sum < $i/etc/os-release & done; wait; umount *\n");
            String out = Programs.run(DEADLINE, "sh", "-c", "cd " + work + "\n" + script).orFail().out();

            assertThat(out.lines().distinct()).hasSize(1);
            assertThat(out.lines()).hasSize(MANY);
            assertThat(imageMounts()).hasSize(1);
            for (int i = 0; i < MANY; i++) {
                client.remove("hundred-" + i).orFail();
            }
        }
        assertThat(received() - receivedBefore)
                .isEqualTo(status().path("store").path("presentBytes").asLong() - presentBefore);
    }

    @Test
    void withoutASupernodeAnImageIsPulledAsEverUponLayersOfALazyOne() throws Exception {
        List<Path> layers = Images.randomLayers(workspace, "shared", 3, 300_000, 22);
        OciImage lazy = OciImage.create(
                workspace.directory("lower").resolve("oci"), layers.subList(0, 2), "/bin/true");
        OciImage upon = OciImage.create(
                workspace.directory("upon").resolve("oci"), List.of(layers.get(0), layers.get(2)), "/bin/true");
        registry.push(lazy, "team/lower:1");
        registry.push(upon, "team/upon:1");
        containerd.remotePull(Mirror.REGISTRY + "/team/lower:1");
        int remote = snapshots().path("remoteLayers").asInt();
        supernode.killHard();
        try {
            containerd.remotePull(Mirror.REGISTRY + "/team/upon:1");

            Path tree = shown(Chains.of(upon).getLast());
            assertThat(tree.resolve("srv")).isDirectoryContaining("glob:**/0").isDirectoryNotContaining("glob:**/1");
            assertThat(Files.size(tree.resolve("srv/0"))).isEqualTo(300_000);
            assertThat(Files.size(tree.resolve("srv/2"))).isEqualTo(300_000);
            assertThat(snapshots().path("remoteLayers").asInt()).isEqualTo(remote);
            assertThat(snapshots().path("built").asInt()).isEqualTo(1);
            String url = node.http().toString();
            assertThat(LighterProcess.run(DEADLINE, "status", "--node", url).orFail().out())
                    .containsPattern("team/upon@\\S+ +as ever +\\S.*supernode");
        } finally {
            supernode.start();
        }
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void tenContainersReadRightBytesWhateverIsKilledOrStopped() throws Exception {
        LighterProcess peer = LighterProcess.node(
                workspace, "peer", supernode.http(), upstreams, LighterProcess.Place.HERE, "--prefetch-delay", "0");
        Path whole = workspace.directory("peer-mount");
        LighterProcess.run(DEADLINE, "mount", LAZY, whole.toString(), "--node", peer.http().toString()).orFail();
        Await.until(
                () -> {
                    JsonNode held = new ObjectMapper().readTree(Http.get(peer.http().resolve("/api/v1/images"))).get(0);
                    return held.path("localBytes").asLong() == held.path("length").asLong();
                },
                DEADLINE,
                peer::log);
        byte[] content = TreeImage.original(TreeImage.BIG);
        try (VerifyingContainers containers =
                VerifyingContainers.start(containerd, LAZY, workspace.directory("verified"), content)) {
            containers.verify();

            node.killHard();
            containers.begin();
            node.start();
            containers.await();

            Process stopped = new ProcessBuilder(
                            "sh", "-c", "kill -STOP " + node.pid() + " && sleep 5 && kill -CONT " + node.pid())
                    .start();
            containers.verify();
            assertThat(stopped.waitFor()).isZero();

            supernode.killHard();
            containers.verify();
            supernode.start();

            containerd.killHard();
            node.killHard();
            containers.begin();
            containerd.start();
            node.start();
            containers.await();

            registry.close();
            containers.verify();
            containers.end();
        } finally {
            Programs.run(DEADLINE, "umount", whole.toString()).orFail();
        }
        assertThat(imageMounts()).hasSize(1);
    }

    private static Map<String, String> kept(Map<String, String> labels) {
        Map<String, String> all = new TreeMap<>(KEPT);
        all.putAll(labels);
        return all;
    }

    /** A tree that is seen by mounting a view of committed layers. */
    private static Path shown(String chain) throws Exception {
        Path target = workspace.directory("shown-" + chain.substring(7, 19));
        try (SnapshotsClient client = new SnapshotsClient(containerd.socket(), LazyContainerd.SNAPSHOTTER)) {
            String[] mount = client.view("shown " + chain, chain, KEPT)
                    .orFail()
                    .mounts()
                    .getFirst()
                    .split(" ");
            String type = mount[0].equals("bind") ? "none" : mount[0];
            Programs.run(DEADLINE, "mount", "-t", type, "-o", mount[2], mount[1], target.toString()).orFail();
        }
        return target;
    }

    private static List<String> imageMounts() throws Exception {
        return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                .filter(line -> line.contains(" erofs ") && line.startsWith(node.data() + "/devices/"))
                .filter(line -> line.contains(image.manifest().hex()))
                .toList();
    }

    private static JsonNode status() throws Exception {
        return new ObjectMapper().readTree(Http.get(node.http().resolve("/api/v1/status")));
    }

    private static JsonNode snapshots() throws Exception {
        return status().path("snapshots");
    }

    /** Bytes of chunks that the node has received from anywhere. */
    private static long received() throws Exception {
        JsonNode traffic = status().path("traffic");
        return traffic.path("fromUpstream").asLong()
                + traffic.path("fromSupernode").asLong()
                + traffic.path("fromPeers").asLong();
    }
}
