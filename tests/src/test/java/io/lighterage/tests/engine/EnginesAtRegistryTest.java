package io.lighterage.tests.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.tests.support.Containerd;
import io.lighterage.tests.support.DockerRegistry;
import io.lighterage.tests.support.Dockerd;
import io.lighterage.tests.support.Engine;
import io.lighterage.tests.support.Images;
import io.lighterage.tests.support.Mirror;
import io.lighterage.tests.support.OciImage;
import io.lighterage.tests.support.Podman;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.Skopeo;
import io.lighterage.tests.support.Workspace;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The baseline: with a plain registry in the mirror's place every engine works on this machine. Where this fails, the
 * machine is to blame and not the mirror.
 */
class EnginesAtRegistryTest {
    private static final String NAME = "library/debian-cargo:1";

    private static Workspace workspace;
    private static DockerRegistry registry;
    private static OciImage image;

    @BeforeAll
    static void serveImage() throws Exception {
        Requires.root();
        Requires.programs("docker-registry", "skopeo", "debootstrap", "runc");
        workspace = Workspace.create();
        registry = workspace.own(DockerRegistry.start(workspace.directory("registry")));
        image = Images.debian(workspace);
        registry.push(image, NAME);
    }

    @AfterAll
    static void cleanUp() throws Exception {
        if (workspace != null) {
            workspace.close();
        }
    }

    @Test
    void theImageIsARealSystemOfMoreThanFiftyMegabytes() {
        assertThat(image.length()).isGreaterThan(50_000_000);
    }

    @Test
    void containerdPullsAndRuns() throws Exception {
        Requires.programs("containerd", "ctr");
        try (Engine engine = Containerd.start(workspace.directory("containerd"), Mirror.plain(registry))) {
            assertThat(engine.pullAndRun(NAME)).contains(Images.GREETING);
        }
    }

    @Test
    void dockerPullsAndRuns() throws Exception {
        Requires.programs("dockerd", "docker", "containerd");
        try (Engine engine = Dockerd.start(workspace.directory("dockerd"), Mirror.plain(registry))) {
            assertThat(engine.pullAndRun(NAME)).contains(Images.GREETING);
        }
    }

    @Test
    void podmanPullsAndRuns() throws Exception {
        Requires.programs("podman");
        try (Engine engine = Podman.in(workspace.directory("podman"), Mirror.plain(registry))) {
            assertThat(engine.pullAndRun(NAME)).contains(Images.GREETING);
        }
    }

    @Test
    void skopeoCopiesTheSameBytes() throws Exception {
        Skopeo.in(workspace.directory("skopeo"), Mirror.plain(registry)).pull(NAME, image);
    }
}
