package io.lighterage.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.tests.support.BlobPull;
import io.lighterage.tests.support.DockerRegistry;
import io.lighterage.tests.support.Images;
import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.Mirror;
import io.lighterage.tests.support.OciImage;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.SlowUpstream;
import io.lighterage.tests.support.Workspace;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is killed with {@code kill -9} while a blob arrives from a slow upstream delays the pull and never fails it. */
class DeathInThePullTest {
    private static final String REPOSITORY = "library/cargo";
    private static final int BLOB_BYTES = 128 << 20;
    private static final int UPSTREAM_MIB_PER_SECOND = 16;
    private static final long MIDDLE = BLOB_BYTES / 8;

    /**
     * Most that is under way to the supernode: on each of four streams a part of a chunk, and 1 MiB in buffers of
     * sockets.
     */
    private static final long UNDER_WAY = 4 * (BlobInfo.DEFAULT_CHUNK + (1 << 20));

    private static final Duration DEADLINE = Duration.ofMinutes(1);

    private static Workspace shared;
    private static DockerRegistry registry;
    private static OciImage.Blob blob;

    private Workspace workspace;
    private SlowUpstream upstream;
    private Map<String, URI> upstreams;
    private LighterProcess supernode;

    @BeforeAll
    static void serveImage() throws Exception {
        Requires.root();
        Requires.programs("docker-registry", "skopeo", "nginx");
        Requires.lighter();
        shared = Workspace.create();
        registry = shared.own(DockerRegistry.start(shared.directory("registry")));
        OciImage image = Images.random(shared, "image", 1, BLOB_BYTES, 7);
        registry.push(image, REPOSITORY + ":1");
        blob = image.largest();
    }

    @AfterAll
    static void cleanUp() throws Exception {
        if (shared != null) {
            shared.close();
        }
    }

    @BeforeEach
    void startDatacenter() throws Exception {
        workspace = Workspace.create();
        upstream = workspace.own(
                SlowUpstream.before(registry, workspace.directory("upstream"), UPSTREAM_MIB_PER_SECOND));
        upstreams = Map.of(Mirror.REGISTRY, upstream.url());
        supernode = LighterProcess.supernode(workspace, upstreams);
    }

    @AfterEach
    void stopDatacenter() throws Exception {
        if (workspace != null) {
            workspace.close();
        }
    }

    private LighterProcess node(String name) throws Exception {
        return LighterProcess.node(workspace, name, supernode.http(), upstreams);
    }

    private static BlobPull pullFrom(LighterProcess node) {
        return new BlobPull(node.http(), REPOSITORY, blob);
    }

    @Test
    void aPullResumesWhenItsNodeIsKilledAndStartedAgain() throws Exception {
        LighterProcess node = node("node");
        try (BlobPull pull = pullFrom(node)) {
            pull.readTo(MIDDLE);
            node.killHard();
            node.start();
            assertThat(pull.finish(DEADLINE)).isEqualTo(blob.digest());
        }
    }

    @Test
    void aPullGoesOnWhenTheSupernodeIsKilled() throws Exception {
        LighterProcess node = node("node");
        try (BlobPull pull = pullFrom(node)) {
            pull.readTo(MIDDLE);
            supernode.killHard();
            assertThat(pull.finish(DEADLINE)).isEqualTo(blob.digest());
        }
    }

    @Test
    void upstreamIsNotReadAgainWhenEverythingIsKilledAndStartedAgain() throws Exception {
        LighterProcess node = node("node");
        try (BlobPull pull = pullFrom(node)) {
            pull.readTo(MIDDLE);
            node.killHard();
            supernode.killHard();
            supernode.start();
            node.start();
            assertThat(pull.finish(DEADLINE)).isEqualTo(blob.digest());
        }
        node.close();
        supernode.close();
        // What was between upstream and the supernode when it died is lost and is read again, and nothing else.
        assertThat(upstream.accesses().bytesSent(blob.digest()))
                .isBetween(blob.length(), blob.length() + UNDER_WAY);
    }

    @Test
    void aPullGoesOnWhenAPeerIsKilled() throws Exception {
        LighterProcess dying = node("dying");
        LighterProcess node = node("node");
        try (BlobPull elsewhere = pullFrom(dying);
                BlobPull pull = pullFrom(node)) {
            elsewhere.readTo(MIDDLE);
            pull.readTo(MIDDLE);
            dying.killHard();
            assertThat(pull.finish(DEADLINE)).isEqualTo(blob.digest());
        }
    }
}
