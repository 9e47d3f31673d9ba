package io.lighterage.tests.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.lighterage.tests.support.DockerRegistry;
import io.lighterage.tests.support.Http;

import io.lighterage.tests.support.LazyContainerd;
import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.Mirror;
import io.lighterage.tests.support.OciImage;

import io.lighterage.tests.support.Requires;

import io.lighterage.tests.support.TreeImage;
import io.lighterage.tests.support.Workspace;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import java.util.HexFormat;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Containers of images that were never unpacked, by each way in which containerd is asked for them. */
class LazyContainersTest {
    private static final String LAZY = Mirror.REGISTRY + "/team/tree:1";
    private static final String UPON_LAZY = Mirror.REGISTRY + "/team/upon:1";
    private static final String REFERENCE = "containerd.io/snapshot.ref";
    private static final Duration DEADLINE = Duration.ofSeconds(60);

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
        Requires.programs("docker-registry", "skopeo", "debootstrap", "tar", "setcap", "containerd", "ctr", "ctr-remote", "runc");
        Requires.lighter();
        Requires.fuse();
        workspace = Workspace.create();
        registry = workspace.own(DockerRegistry.start(workspace.directory("registry")));
        upstreams = Map.of(Mirror.REGISTRY, registry.url());
        image = TreeImage.create(workspace);
        registry.push(image, "team/tree:1");
        supernode = LighterProcess.supernode(workspace, upstreams);
        Path socket = workspace.directory("run").resolve("s");
        node = LighterProcess.node(
                workspace, "node", supernode.http(), upstreams, LighterProcess.Place.HERE,
                "--prefetch-delay", "86400", "--lazy-wait", "60", "--snapshotter", socket.toString());
        containerd = workspace.own(LazyContainerd.start(workspace.directory("c"), socket, node.mirror(), LAZY));
        containerd.remotePull(LAZY);
    }

    @AfterAll
    static void cleanUp() throws Exception {
        if (workspace != null) {
            workspace.close();
        }
    }

    @Test
    void aPulledImageHasNoFilesAndItsContainersReadAndWrite() throws Exception {
        String script = "sha256sum /srv/cargo/small && echo x > /srv/cargo/small && rm -r /etc/apt && cat /srv/cargo/small";

        String out = containerd.run(LAZY, "reads-and-writes", "sh", "-c", script);

        byte[] small = Files.readAllBytes(workspace.directory("tree-image").resolve("tree").resolve(TreeImage.SMALL));
        assertThat(out).startsWith(sha256(small)).endsWith("x\n");
        assertThat(containerd.run(LAZY, "again", "sha256sum", "/srv/cargo/small")).startsWith(sha256(small));
        for (OciImage.Blob layer : image.blobs().subList(1, image.blobs().size())) {
            assertThat(containerd.ctr("content", "ls").orFail().out()).doesNotContain(layer.digest().toString());
        }
        assertThat(imageMounts()).hasSize(1);
        assertThat(snapshots().path("remoteLayers").asInt()).isEqualTo(image.blobs().size() - 1);
    }

    private static String sha256(byte[] content) throws Exception {
        return HexFormat.of().formatHex(java.security.MessageDigest.getInstance("SHA-256").digest(content));
    }

    private static List<String> imageMounts() throws Exception {
        return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                .filter(line -> line.contains(" erofs ") && line.contains(node.data().toString()))
                .toList();
    }

    private static JsonNode status() throws Exception {
        return new ObjectMapper().readTree(Http.get(node.http().resolve("/api/v1/status")));
    }

    private static JsonNode snapshots() throws Exception {
        return status().path("snapshots");
    }
}
