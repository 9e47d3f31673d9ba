package io.lighterage.tests.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.tests.support.Images;
import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.OciImage;
import io.lighterage.tests.support.Programs;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.Workspace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** {@code lighter image build} of a real system of over 500 MB. */
class BuiltImageTest {
    private static final long LEAST_BYTES = 500_000_000;
    private static final Duration DEADLINE = Duration.ofMinutes(3);
    /** Type, mode, owner, links, time, device numbers and link target of every path, and the digest of every file. */
    private static final String LIST = "cd \"$1\" && find . -print0 | sort -z"
            + " | xargs -0 stat --format='%N %F %a %u %g %h %y %t:%T'"
            + " && find . -type f -print0 | sort -z | xargs -0 sha256sum";

    @Test
    void aSystemWithJdkPythonAndNodeIsWhatUmociUnpacksAndTheSameBytesEveryTime() throws Exception {
        Requires.root();
        Requires.lighter();
        Requires.programs("umoci", "fsck.erofs", "debootstrap", "python3", "node", "mount");
        try (Workspace workspace = Workspace.create()) {
            OciImage image = Images.system(workspace);
            Path work = workspace.directory("work");
            Path device = build(image, work.resolve("first"));
            assertThat(Files.size(device)).isGreaterThan(LEAST_BYTES);
            assertThat(Files.mismatch(device, build(image, work.resolve("second")))).isEqualTo(-1);
            run("fsck.erofs", device.toString());

            String mounted = workspace.directory("mounted").toString();
            String unpacked = work.resolve("bundle/rootfs").toString();
            run("umoci", "unpack", "--image", image.layout() + ":" + OciImage.TAG, work.resolve("bundle").toString());
            run("mount", "-t", "erofs", "-o", "ro,loop", device.toString(), mounted);
            assertThat(list(mounted)).isEqualTo(list(unpacked));
        }
    }

    private static Path build(OciImage image, Path file) throws Exception {
        run(
                LighterProcess.launcher().orElseThrow().toString(),
                "image",
                "build",
                "oci:" + image.layout() + ":" + OciImage.TAG,
                file.toString());
        return file;
    }

    private static String list(String directory) throws Exception {
        return run("sh", "-c", LIST, "sh", directory);
    }

    private static String run(String... command) throws Exception {
        return Programs.run(DEADLINE, command).orFail().out();
    }
}
