package io.lighterage.tests.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.tests.support.Containerd;
import io.lighterage.tests.support.DockerRegistry;
import io.lighterage.tests.support.Dockerd;
import io.lighterage.tests.support.Engine;
import io.lighterage.tests.support.Images;
import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.Mirror;
import io.lighterage.tests.support.OciImage;
import io.lighterage.tests.support.Podman;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.Skopeo;
import io.lighterage.tests.support.Workspace;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** Each engine on a node of its own pulls the same image; upstream sends each blob once to all of them together. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class EnginesThroughMirrorTest {
    private static final String NAME = "library/debian-cargo:1";

    /** So short that whoever asks once upstream is gone is served stale. */
    private static final String[] TAGS = {"--tag-lifetime", "1"};

    private static Workspace workspace;
    private static DockerRegistry registry;
    private static OciImage image;
    private static LighterProcess supernode;
    private static Map<String, URI> upstreams;

    /** The nodes that have pulled, by the engine that they serve. */
    private static final Map<String, Mirror> nodes = new HashMap<>();

    @BeforeAll
    static void startDatacenter() throws Exception {
        Requires.root();
        Requires.programs("docker-registry", "skopeo", "debootstrap", "runc");
        Requires.lighter();
        workspace = Workspace.create();
        registry = workspace.own(DockerRegistry.start(workspace.directory("registry")));
        image = Images.debian(workspace);
        registry.push(image, NAME);
        upstreams = Map.of(Mirror.REGISTRY, registry.url(), "docker.io", registry.url());
        supernode = LighterProcess.supernode(workspace, upstreams, LighterProcess.Place.HERE, TAGS);
    }

    @AfterAll
    static void cleanUp() throws Exception {
        if (workspace != null) {
            workspace.close();
        }
    }

    private static Mirror nodeFor(String engine) throws Exception {
        Mirror mirror = LighterProcess.node(
                        workspace, "node-" + engine, supernode.http(), upstreams, LighterProcess.Place.HERE, TAGS)
                .mirror();
        nodes.put(engine, mirror);
        return mirror;
    }

    @Test
    @Order(1)
    void containerdPullsAndRuns() throws Exception {
        Requires.programs("containerd", "ctr");
        try (Engine engine = Containerd.start(workspace.directory("containerd"), nodeFor("containerd"))) {
            assertThat(engine.pullAndRun(NAME)).contains(Images.GREETING);
        }
    }

    @Test
    @Order(1)
    void dockerPullsAndRuns() throws Exception {
        Requires.programs("dockerd", "docker", "containerd");
        try (Engine engine = Dockerd.start(workspace.directory("dockerd"), nodeFor("dockerd"))) {
            assertThat(engine.pullAndRun(NAME)).contains(Images.GREETING);
        }
    }

    @Test
    @Order(1)
    void podmanPullsAndRuns() throws Exception {
        Requires.programs("podman");
        try (Engine engine = Podman.in(workspace.directory("podman"), nodeFor("podman"))) {
            assertThat(engine.pullAndRun(NAME)).contains(Images.GREETING);
        }
    }

    @Test
    @Order(1)
    void skopeoCopiesTheSameBytesByTagAndByDigest() throws Exception {
        Skopeo skopeo = Skopeo.in(workspace.directory("skopeo"), nodeFor("skopeo"));
        skopeo.pull(NAME, image);
        skopeo.pull(NAME.replaceFirst(":.*", "@" + image.manifest()), image);
    }

    @Test
    @Order(2)
    void upstreamSentEachBlobOnce() {
        for (OciImage.Blob blob : image.blobs()) {
            assertThat(registry.bytesSent(blob.digest())).as("bytes of %s", blob).isEqualTo(blob.length());
        }
    }

    @Test
    @Order(3)
    void whatWasPulledBeforeIsPulledByTagAndByDigestOnceUpstreamIsGone() throws Exception {
        registry.close();
        String byDigest = NAME.replaceFirst(":.*", "@" + image.manifest());
        for (String name : List.of(NAME, byDigest)) {
            String fresh = name.equals(NAME) ? "-t" : "-d";
            if (nodes.containsKey("containerd")) {
                try (Engine engine = Containerd.start(workspace.directory("c" + fresh), nodes.get("containerd"))) {
                    assertThat(engine.pullAndRun(name)).contains(Images.GREETING);
                }
            }
            if (nodes.containsKey("dockerd")) {
                try (Engine engine = Dockerd.start(workspace.directory("d" + fresh), nodes.get("dockerd"))) {
                    assertThat(engine.pullAndRun(name)).contains(Images.GREETING);
                }
            }
            if (nodes.containsKey("podman")) {
                try (Engine engine = Podman.in(workspace.directory("p" + fresh), nodes.get("podman"))) {
                    assertThat(engine.pullAndRun(name)).contains(Images.GREETING);
                }
            }
            Skopeo.in(workspace.directory("s" + fresh), nodes.get("skopeo")).pull(name, image);
        }
    }
}
