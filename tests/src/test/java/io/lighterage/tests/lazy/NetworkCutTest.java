package io.lighterage.tests.lazy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.tests.support.Await;
import io.lighterage.tests.support.TreeImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * A node whose network is cut goes on with what it has, and says of the rest within the deadline that it cannot be
 * read.
 */
class NetworkCutTest extends LazyTest {
    private static final Duration READ_DEADLINE = Duration.ofSeconds(4);
    private static final Duration RECOVERY = Duration.ofSeconds(90);

    @Test
    void aColdReadEndsWithAnErrorAndAllIsWellOnceTheLinkIsBack() throws Exception {
        startNodeBehindLink("--prefetch-delay", "86400", "--read-deadline", "" + READ_DEADLINE.toSeconds());
        Path mounted = scene.mountPoint("tree");
        node.mount(scene.reference(), mounted);
        Path small = mounted.resolve(TreeImage.SMALL);
        Path big = mounted.resolve(TreeImage.BIG);
        assertThat(Files.readAllBytes(small)).isEqualTo(TreeImage.original(TreeImage.SMALL));

        scene.link().cut();

        assertThatThrownBy(() -> Files.readAllBytes(big))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Input/output error");
        assertThat(Files.readAllBytes(small)).isEqualTo(TreeImage.original(TreeImage.SMALL));
        assertThat(mounted.resolve("etc")).isNotEmptyDirectory();

        scene.link().mend();

        byte[] content = TreeImage.original(TreeImage.BIG);
        Await.until(
                () -> Arrays.equals(Files.readAllBytes(big), content),
                RECOVERY,
                () -> "nothing could be read once the link was back:\n" + node.process().log());
    }
}
