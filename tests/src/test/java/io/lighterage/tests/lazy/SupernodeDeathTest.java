package io.lighterage.tests.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.Digest;
import io.lighterage.tests.support.Images;
import io.lighterage.tests.support.OciImage;
import io.lighterage.tests.support.Programs;
import io.lighterage.tests.support.TreeImage;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a lazy image lacks when its supernode dies, and no other node has, comes out of the registry's layers. */
class SupernodeDeathTest extends LazyTest {
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    private static final Duration READ_DEADLINE = Duration.ofSeconds(2);

    /** The 24 MiB before the end of a file take 5 s. */
    private static final int SLOW_MBIT = 40;

    private static final int TAIL = 4096;

    private static final String SHELL = "usr/bin/bash";

    @Test
    void readsGoOnWithTheRightBytesByTheLayersOfTheRegistry() throws Exception {
        startNode(LazyScene.NO_PULL);
        Path mounted = scene.mountPoint("tree");
        node.mount(scene.reference(), mounted);
        assertThat(Files.readAllBytes(mounted.resolve(TreeImage.SMALL))).isEqualTo(TreeImage.original(TreeImage.SMALL));

        scene.supernode().killHard();

        // Of this layer's data the table is here, and a few chunks.
        assertThat(Files.readAllBytes(mounted.resolve(TreeImage.BIG))).isEqualTo(TreeImage.original(TreeImage.BIG));
        assertThat(node.image().localBytes()).isGreaterThan(TreeImage.BIG_BYTES);

        // Of this one's nothing is, and the node does not know the supernode that it had.
        node.process().killHard();
        node.process().start();
        assertThat(Digest.of(Files.readAllBytes(mounted.resolve(SHELL))).hex()).isEqualTo(packed(SHELL));

        List<OciImage.Blob> layers = scene.image().blobs().stream().skip(1).toList();
        assertThat(layers).hasSize(2).allSatisfy(layer -> assertThat(scene.registry().bytesSent(layer.digest()))
                .as("sent once to the supernode and once to the node")
                .isEqualTo(2 * layer.length()));

        scene.supernode().start();
        node.unmount(mounted);
        assertThat(mounted).isEmptyDirectory();
    }

    @Test
    void aReadWaitsBeyondItsDeadlineAsLongAsTheLayerComesThatItsBytesAreMadeOf() throws Exception {
        startNodeBehindLink("--prefetch-delay", "86400", "--read-deadline", "" + READ_DEADLINE.toSeconds());
        Path mounted = scene.mountPoint("tree");
        node.mount(scene.reference(), mounted);
        assertThat(Files.readAllBytes(mounted.resolve(TreeImage.SMALL))).isEqualTo(TreeImage.original(TreeImage.SMALL));
        scene.supernode().killHard();
        scene.link().limit(SLOW_MBIT);

        byte[] original = TreeImage.original(TreeImage.BIG);
        long beganNs = System.nanoTime();
        byte[] end = tail(mounted.resolve(TreeImage.BIG), TAIL);

        assertThat(Duration.ofNanos(System.nanoTime() - beganNs)).isGreaterThan(READ_DEADLINE);
        assertThat(end).isEqualTo(Arrays.copyOfRange(original, original.length - TAIL, original.length));
    }

    private static byte[] tail(Path file, int length) throws Exception {
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "r")) {
            byte[] bytes = new byte[length];
            opened.seek(opened.length() - length);
            opened.readFully(bytes);
            return bytes;
        }
    }

    /** SHA-256 of a file as the image's base has it, in hexadecimal. */
    private static String packed(String path) throws Exception {
        String script = "tar -xzOf \"$1\" \"./$2\" | sha256sum";
        return Programs.run(DEADLINE, "bash", "-c", script, "packed", Images.debianBase().toString(), path)
                .orFail().out().substring(0, 64);
    }
}
