package io.lighterage.tests.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/** A Debian system with a layer upon it that has a file of each kind that a tar can hold. */
public final class TreeImage {
    /** A file of one block in a directory of its own. */
    public static final String SMALL = "srv/cargo/small";

    /** A file of {@link #BIG_BYTES} that do not compress. */
    public static final String BIG = "srv/cargo/big";

    /** Length of {@link #BIG}. */
    public static final int BIG_BYTES = 24 << 20;

    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final int SMALL_BYTES = 4096;

    private static final String SCRIPT = """
            set -e
            ln srv/cargo/small srv/cargo/again
            ln -s /etc/os-release srv/cargo/link
            mkfifo -m 0640 srv/cargo/fifo
            mknod -m 0600 srv/cargo/char c 7 300
            mknod -m 0660 srv/cargo/block b 259 70000
            cp /bin/true srv/cargo/suid
            chown 100000:4000000000 srv/cargo/suid
            chmod 6755 srv/cargo/suid
            cp /bin/true srv/cargo/capable
            setcap cap_net_raw+ep srv/cargo/capable
            : > srv/cargo/empty
            : > etc/.wh.hostname
            touch -d '1960-01-02 03:04:05.678901234 UTC' srv/cargo/empty
            touch -h -d '2020-02-03 04:05:06.789 UTC' srv/cargo/link
            touch -d '2021-01-01 00:00:00 UTC' srv/cargo srv etc
            """;

    /** Null until the first test of this process wants the image. */
    private static TreeImage made;

    private final Path tree;
    private final OciImage image;

    private TreeImage(Path tree, OciImage image) {
        this.tree = tree;
        this.image = image;
    }

    /** The image, made once for all tests of a process, which only read it. Needs root. */
    public static OciImage get() throws IOException, InterruptedException {
        return made().image;
    }

    /** The bytes of a file of its upper layer. */
    public static byte[] original(String path) throws IOException, InterruptedException {
        return Files.readAllBytes(made().tree.resolve(path));
    }

    private static synchronized TreeImage made() throws IOException, InterruptedException {
        if (made == null) {
            Workspace workspace = Workspace.create();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                try {
                    workspace.close();
                } catch (Exception e) {
                    throw new IllegalStateException("the image of all tests is left behind", e);
                }
            }));
            Path tree = workspace.directory("tree");
            made = new TreeImage(tree, create(workspace.directory("work"), tree));
        }
        return made;
    }

    private static OciImage create(Path work, Path tree) throws IOException, InterruptedException {
        Files.createDirectories(tree.resolve("srv/cargo"));
        Files.createDirectories(tree.resolve("etc"));
        Random random = new Random(11);
        Files.write(tree.resolve(SMALL), bytes(random, SMALL_BYTES));
        Files.write(tree.resolve(BIG), bytes(random, BIG_BYTES));
        Programs.run(DEADLINE, "sh", "-c", "cd '" + tree + "'\n" + SCRIPT).orFail();
        Path layer = work.resolve("tree.tar.gz");
        Programs.run(
                        DEADLINE,
                        "tar", "--format=pax", "--numeric-owner", "--sort=name", "--xattrs", "--xattrs-include=*",
                        "-C", tree.toString(), "-czf", layer.toString(), "srv", "etc")
                .orFail();
        return OciImage.create(work.resolve("oci"), List.of(Images.debianBase(), layer), "/bin/true");
    }

    private static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
