package io.lighterage.tests.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.blockdev.mount.ImageStatus;
import io.lighterage.tests.support.Await;
import io.lighterage.tests.support.Http;
import io.lighterage.tests.support.Programs;
import io.lighterage.tests.support.TreeImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Once an image was pulled in the background nothing more is asked of the network, and new mounts need no node. */
class WholeImageTest extends LazyTest {
    private static final Duration DEADLINE = Duration.ofMinutes(3);

    @BeforeEach
    void start() throws Exception {
        startNode("--prefetch-delay", "0");
    }

    @Test
    void aWholeImageIsReadWithoutTheSupernodeAndMountedAnewWithoutTheNode() throws Exception {
        Path lazily = scene.mountPoint("lazily");
        node.mount(scene.reference(), lazily);
        Await.until(() -> node.image().isLocal(), DEADLINE, () -> "the image was not pulled:\n" + node.process().log());
        scene.supernode().killHard();
        long received = received();

        byte[] big = TreeImage.original(TreeImage.BIG);
        assertThat(Files.readAllBytes(lazily.resolve(TreeImage.BIG))).isEqualTo(big);
        Programs.run(DEADLINE, "sh", "-c", "find '" + lazily + "' -xdev -type f -exec cat {} + > /dev/null").orFail();
        assertThat(received()).isEqualTo(received);
        assertThat(node.image().onDemandBytes()).isLessThan(node.image().length());

        Path locally = scene.mountPoint("locally");
        node.mount(scene.reference(), locally);
        assertThat(node.image().mounts())
                .contains(new ImageStatus.Mount(locally.toString(), false),
                        new ImageStatus.Mount(lazily.toString(), true));
        node.process().killHard();

        Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "3");
        assertThat(Files.readAllBytes(locally.resolve(TreeImage.BIG))).isEqualTo(big);
        Programs.run(DEADLINE, "umount", locally.toString()).orFail();
        node.process().start();
        assertThat(Files.readAllBytes(lazily.resolve(TreeImage.BIG))).isEqualTo(big);
    }

    /** Bytes of chunks that the node has received from anywhere. */
    private long received() throws Exception {
        JsonNode traffic = new ObjectMapper()
                .readTree(Http.get(node.process().http().resolve("/api/v1/status")))
                .path("traffic");
        return traffic.path("fromUpstream").asLong()
                + traffic.path("fromSupernode").asLong()
                + traffic.path("fromPeers").asLong();
    }
}
