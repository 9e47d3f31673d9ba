package io.lighterage.blockdev.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.blockdev.fuse.FuseServer;
import io.lighterage.blockdev.fuse.FuseSettings;
import io.lighterage.blockdev.fuse.FuseTests;
import io.lighterage.blockdev.fuse.MappedDevice;
import io.lighterage.blockdev.linux.Host;
import io.lighterage.blockdev.linux.MountTable;
import io.lighterage.blockdev.linux.Tool;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The images are made by mkfs.erofs. */
@Timeout(120)
class ImageMounterTest {
    @TempDir
    Path data;

    private final byte[] large = new byte[3_000_001];
    private Path image;
    private Path target;
    private FuseServer server;

    @BeforeEach
    void image() throws Exception {
        Host.needsRootAnd("/dev/fuse", "/usr/bin/mkfs.erofs");
        new Random(1).nextBytes(large);
        Path tree = Files.createDirectories(data.resolve("tree/directory"));
        Files.write(tree.resolve("large"), large);
        Files.writeString(tree.resolve("small"), "a few bytes");
        image = data.resolve("image.erofs");
        Tool.good(data, "mkfs.erofs", image.toString(), data.resolve("tree").toString());
        target = Files.createDirectory(data.resolve("target"));
    }

    @AfterEach
    void leaveNothing() throws IOException {
        if (server != null) {
            server.close();
            FuseTests.end(data);
        }
        Host.unmountAll(data);
    }

    private void serve() throws IOException {
        server = FuseServer.start(FuseSettings.in(data));
    }

    private Path add(boolean here) throws IOException {
        return server.add("image", new MappedDevice(image, here), "");
    }

    private void assertMounted() throws IOException {
        assertThat(Files.readAllBytes(target.resolve("directory/large"))).isEqualTo(large);
        assertThat(target.resolve("directory/small")).hasContent("a few bytes");
        try (Stream<Path> files = Files.walk(target)) {
            assertThat(files).hasSize(4);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anImageServedOverFuseIsMountedAndUnmounted(boolean loop) throws Exception {
        serve();
        Path file = add(loop);
        ImageMounter mounter = ImageMounter.create(new MountSettings(loop));

        ImageMount mount = mounter.mount(file, target);

        assertThat(mount).isEqualTo(new ImageMount(target, file, loop));
        assertMounted();
        assertThat(mounter.mounts(data.resolve("devices"))).containsExactly(mount);
        assertThat(mounter.mounts(data.resolve("elsewhere"))).isEmpty();
        mounter.unmount(target, false);
        assertThat(mounter.mounts(data)).isEmpty();
        Host.await("no loop device is left", () -> loopsOver(file) == 0);
        server.unmount();
    }

    private static long loopsOver(Path file) throws IOException {
        try (Stream<Path> devices = Files.list(Path.of("/sys/block"))) {
            long count = 0;
            for (Path device : devices.filter(path -> path.getFileName().toString().startsWith("loop")).toList()) {
                Path backing = device.resolve("loop/backing_file");
                if (Files.exists(backing) && Files.readString(backing).strip().equals(file.toString())) {
                    count++;
                }
            }
            return count;
        }
    }

    @Test
    void aBusyMountIsNamedAndCanBeUnmountedLazily() throws IOException {
        ImageMounter mounter = ImageMounter.create(MountSettings.DEFAULT);
        mounter.mount(image, target);
        try (FileChannel open = FileChannel.open(target.resolve("directory/small"))) {
            assertThatThrownBy(() -> mounter.unmount(target, false)).isInstanceOf(MountException.class)
                    .hasMessageContaining(target.toString()).hasMessageContaining("in use");
            mounter.unmount(target, true);
            assertThat(open.size()).isEqualTo(11);
        }
        assertThat(mounter.mounts(data)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCompleteImageIsMountedFromItsBlobs(boolean loop) throws Exception {
        Path metadata = data.resolve("metadata.erofs");
        Path blob = data.resolve("blob, with a comma");
        // --blobdev puts the files' data on an extra device; chunks are what its table counts in.
        Tool.good(
                data,
                "mkfs.erofs",
                "--chunksize=4096",
                "--blobdev=" + blob,
                metadata.toString(),
                data.resolve("tree").toString());
        ImageMounter mounter = ImageMounter.create(new MountSettings(loop));

        ImageMount mount = mounter.mount(metadata, List.of(blob), target);

        assertMounted();
        assertThat(mounter.mounts(data)).containsExactly(mount);
        mounter.unmount(target, false);
        Host.await("no loop device is left", () -> loopsOver(metadata) + loopsOver(blob) == 0);
    }

    @Test
    void whatCannotBeMountedSaysWhy() throws IOException {
        ImageMounter mounter = ImageMounter.create(MountSettings.DEFAULT);
        Path noImage = Files.write(data.resolve("no-image"), new byte[65_536]);

        assertThatThrownBy(() -> mounter.mount(noImage, target))
                .isInstanceOf(MountException.class)
                .hasMessageContaining("no EROFS");
        assertThatThrownBy(() -> mounter.mount(data.resolve("missing"), target)).hasMessageContaining("is missing");
        assertThatThrownBy(() -> mounter.mount(image, noImage)).hasMessageContaining("not a directory");
        mounter.mount(image, target);
        assertThatThrownBy(() -> mounter.mount(image, target)).hasMessageContaining("a mount of " + image + " already");
        assertThatThrownBy(() -> mounter.unmount(data, false)).hasMessageContaining("no image is mounted");
    }

    @Test
    void imagesOverADeadFileSystemAreUnmountedWhenTheNextServerStarts() throws Exception {
        serve();
        ImageMounter mounter = ImageMounter.create(MountSettings.DEFAULT);
        mounter.mount(add(true), target);
        server.close();
        FuseTests.endHolder(data);

        serve();

        assertThat(mounter.mounts(data)).isEmpty();
        assertThat(MountTable.at(target)).isEmpty();
        mounter.mount(add(true), target);
        assertMounted();
    }
}
