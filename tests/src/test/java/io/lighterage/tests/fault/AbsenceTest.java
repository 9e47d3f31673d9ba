package io.lighterage.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.tests.support.DockerRegistry;
import io.lighterage.tests.support.Images;
import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.Mirror;
import io.lighterage.tests.support.OciImage;
import io.lighterage.tests.support.Ports;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.Skopeo;
import io.lighterage.tests.support.Workspace;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is away is done without: the supernode, or upstream for what is in the datacenter already. */
class AbsenceTest {
    private static final String REPOSITORY = "library/cargo";
    private static final int LAYERS = 3;
    private static final int LAYER_BYTES = 4 << 20;

    private Workspace workspace;
    private DockerRegistry registry;
    private OciImage image;
    private Map<String, URI> upstreams;

    @BeforeEach
    void serveImage() throws Exception {
        Requires.root();
        Requires.programs("docker-registry", "skopeo");
        Requires.lighter();
        workspace = Workspace.create();
        registry = DockerRegistry.start(workspace.directory("registry"));
        workspace.own(registry);
        image = Images.random(workspace, "image", LAYERS, LAYER_BYTES, 3);
        registry.push(image, REPOSITORY + ":1");
        upstreams = Map.of(Mirror.REGISTRY, registry.url());
    }

    @AfterEach
    void cleanUp() throws Exception {
        if (workspace != null) {
            workspace.close();
        }
    }

    @Test
    void aNodeWithoutASupernodePullsFromUpstream() throws Exception {
        URI nobody = URI.create("http://127.0.0.1:" + Ports.free());
        LighterProcess node = LighterProcess.node(workspace, "node", nobody, upstreams);
        Skopeo.in(workspace.directory("skopeo"), node.mirror()).pull(REPOSITORY + ":1", image);
        for (OciImage.Blob blob : image.blobs()) {
            assertThat(registry.bytesSent(blob.digest())).as("bytes of %s", blob).isEqualTo(blob.length());
        }
    }

    @Test
    void anImageInTheDatacenterIsPulledByTagAndByDigestWhileUpstreamIsDown() throws Exception {
        LighterProcess supernode = LighterProcess.supernode(workspace, upstreams);
        LighterProcess first = LighterProcess.node(workspace, "first", supernode.http(), upstreams);
        Skopeo.in(workspace.directory("skopeo-first"), first.mirror()).pull(REPOSITORY + ":1", image);
        registry.close();

        Skopeo again = Skopeo.in(workspace.directory("skopeo-again"), first.mirror());
        again.pull(REPOSITORY + ":1", image);
        again.pull(REPOSITORY + "@" + image.manifest(), image);

        LighterProcess second = LighterProcess.node(workspace, "second", supernode.http(), upstreams);
        Skopeo elsewhere = Skopeo.in(workspace.directory("skopeo-second"), second.mirror());
        elsewhere.pull(REPOSITORY + ":1", image);
        elsewhere.pull(REPOSITORY + "@" + image.manifest(), image);
    }
}
