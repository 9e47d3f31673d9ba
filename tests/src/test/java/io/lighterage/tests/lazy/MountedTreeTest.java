package io.lighterage.tests.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.blockdev.mount.ImageStatus;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.tests.support.Await;
import io.lighterage.tests.support.Programs;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.Skopeo;
import io.lighterage.tests.support.TreeImage;
import io.lighterage.tests.support.TreeListing;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A mounted image has the tree that an unpacked one has, and costs only what is read of it. */
class MountedTreeTest {
    private static final Duration DEADLINE = Duration.ofMinutes(3);

    private static LazyScene scene;
    private static int nodes;
    private LazyNode node;

    @BeforeAll
    static void makeAScene() throws Exception {
        scene = LazyScene.create();
        scene.startSupernode();
    }

    /** A node that has nothing, and does not learn from what the ones before it have read. */
    @BeforeEach
    void startANode() throws Exception {
        Stream<String> arguments = Stream.concat(Stream.of("--no-traces"), Stream.of(LazyScene.NO_PULL));
        node = scene.node("node-" + nodes++, arguments.toArray(String[]::new));
    }

    @AfterEach
    void unmount() throws Exception {
        scene.unmount();
    }

    @AfterAll
    static void close() throws Exception {
        if (scene != null) {
            scene.close();
        }
    }

    @Test
    void theMountedTreeIsTheOneThatUmociUnpacks() throws Exception {
        Requires.programs("umoci");
        Path work = scene.workspace().directory("unpack");
        Skopeo.run("--insecure-policy", "copy", "--quiet", "oci:" + scene.image().layout(),
                        "oci:" + work.resolve("oci") + ":1")
                .orFail();
        Path unpacked = work.resolve("rootfs");
        Programs.run(DEADLINE, "umoci", "raw", "unpack", "--image", work.resolve("oci") + ":1", unpacked.toString())
                .orFail();
        Path mounted = scene.mountPoint("tree");

        node.mount(scene.reference(), mounted);

        assertThat(TreeListing.of(mounted, work.resolve("mounted.tar")))
                .containsExactlyEntriesOf(TreeListing.of(unpacked, work.resolve("unpacked.tar")));
    }

    @Test
    void listingEverythingReadsNoDataAndASmallFileCostsTwoChunksAtMost() throws Exception {
        Path mounted = scene.mountPoint("tree");
        node.mount(scene.reference(), mounted);

        Programs.run(DEADLINE, "ls", "-lR", mounted.toString()).orFail();

        ImageStatus listed = node.image();
        assertThat(listed.onDemandBytes()).isZero();
        assertThat(listed.localBytes()).isEqualTo(listed.metadataBytes());
        assertThat(listed.mounts()).containsExactly(new ImageStatus.Mount(mounted.toString(), true));

        assertThat(Files.readAllBytes(mounted.resolve(TreeImage.SMALL))).isEqualTo(TreeImage.original(TreeImage.SMALL));

        assertThat(node.image().onDemandBytes()).isPositive().isLessThanOrEqualTo(2L * BlobInfo.DEFAULT_CHUNK);
    }

    @Test
    void twoMountsShareADeviceThatIsClosedWithTheLast() throws Exception {
        Path first = scene.mountPoint("first");
        Path second = scene.mountPoint("second");
        node.mount(scene.reference(), first);
        node.mount(scene.reference(), second);
        Files.readAllBytes(first.resolve(TreeImage.SMALL));
        long demanded = node.image().onDemandBytes();
        Files.readAllBytes(second.resolve(TreeImage.SMALL));
        assertThat(node.image().onDemandBytes()).isEqualTo(demanded);
        assertThat(node.image().mounts()).hasSize(2);

        node.unmount(first);
        assertThat(Files.readAllBytes(second.resolve(TreeImage.SMALL))).isEqualTo(TreeImage.original(TreeImage.SMALL));
        node.unmount(second);

        assertThat(node.image().mounts()).isEmpty();
        awaitClosedDevice();
    }

    @Test
    void whatIsOpenIsReadToItsEndAfterALazyUnmount() throws Exception {
        Path mounted = scene.mountPoint("tree");
        node.mount(scene.reference(), mounted);
        try (InputStream big = Files.newInputStream(mounted.resolve(TreeImage.BIG))) {
            assertThat(node.lighter("umount", mounted.toString()).err()).contains(mounted.toString());

            node.lighter("umount", mounted.toString(), "--lazy").orFail();

            assertThat(mounted).isEmptyDirectory();
            assertThat(big.readAllBytes()).isEqualTo(TreeImage.original(TreeImage.BIG));
        }
        awaitClosedDevice();
    }

    private void awaitClosedDevice() throws InterruptedException {
        Path devices = node.process().data().resolve("devices");
        Await.until(
                () -> {
                    try (Stream<Path> files = Files.list(devices)) {
                        return files.findAny().isEmpty();
                    }
                },
                Duration.ofSeconds(60),
                () -> "the device is still open:\n" + node.process().log());
    }

    @Test
    void whatCannotBeMountedIsAnErrorThatNamesItAndLeavesNothing() throws Exception {
        Path directory = scene.mountPoint("nothing");
        String missing = scene.reference().replace("tree", "missing");

        Programs.Result unknown = node.lighter("mount", missing, directory.toString());
        assertThat(unknown.status()).isEqualTo(1);
        assertThat(unknown.err()).contains(missing).contains("ordinary pull");

        Programs.Result nowhere = node.lighter("mount", scene.reference(), directory.resolve("absent").toString());
        assertThat(nowhere.status()).isEqualTo(1);
        assertThat(nowhere.err()).contains("absent");

        assertThat(node.lighter("umount", directory.toString()).status()).isEqualTo(1);
        assertThat(directory).isEmptyDirectory();
    }
}
