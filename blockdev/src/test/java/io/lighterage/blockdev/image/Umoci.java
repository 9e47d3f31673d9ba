package io.lighterage.blockdev.image;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.blockdev.linux.Host;
import io.lighterage.blockdev.linux.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The real umoci, whose way to unpack an image is the measure of ours. */
final class Umoci {
    private static final String TAG = "t";

    private Umoci() {}

    /** Skips the test where umoci cannot run; fails instead where engines are required. */
    static void assumePossible() {
        Host.need(Host.isRoot(), "unpacking with owners needs root");
        Host.need(Tool.isThere("umoci"), "needs the program umoci");
    }

    /** What umoci made of an image, or why it refused it. */
    record Unpacked(Optional<SortedMap<String, TreeFacts>> tree, String refusal) {}

    static Unpacked unpack(LayerStack stack) throws IOException, InterruptedException {
        Path work = Files.createTempDirectory("lighterage-umoci");
        try {
            stack.writeTo(work.resolve("layout"), Optional.of(TAG));
            // The clock of file systems may lag behind by a tick.
            long begin = Instant.now().getEpochSecond() - 1;
            Tool.Result result = Tool.run(
                    work,
                    "umoci",
                    "unpack",
                    "--image",
                    work.resolve("layout") + ":" + TAG,
                    work.resolve("bundle").toString());
            if (result.status() != 0) {
                return new Unpacked(Optional.empty(), result.out() + result.err());
            }
            return new Unpacked(
                    Optional.of(timeless(
                            TreeFacts.ofDirectory(work.resolve("bundle/rootfs").toString()), begin)),
                    "");
        } finally {
            remove(work);
        }
    }

    /** Directories that umoci made or changed without an entry have the time of the unpacking. */
    private static SortedMap<String, TreeFacts> timeless(SortedMap<String, TreeFacts> facts, long begin) {
        SortedMap<String, TreeFacts> timeless = new TreeMap<>();
        facts.forEach((path, fact) -> timeless.put(
                path, fact.isDirectory() && fact.seconds() >= begin ? fact.at(TreeFacts.NOW) : fact));
        return timeless;
    }

    /** Fails unless {@code ours} is what umoci made, in every path and all that a path has. */
    static void compare(SortedMap<String, TreeFacts> ours, SortedMap<String, TreeFacts> expected) {
        assertThat(ours.keySet()).isEqualTo(expected.keySet());
        expected.forEach((path, fact) -> assertThat(
                        fact.mtime().equals(TreeFacts.NOW) ? ours.get(path).at(TreeFacts.NOW) : ours.get(path))
                .as("%s", LayerException.readable(path))
                .isEqualTo(fact));
    }

    private static void remove(Path work) throws IOException, InterruptedException {
        // Names that are not UTF-8 are no paths to Java.
        Tool.good(work.getParent(), "rm", "-rf", "--one-file-system", work.toString());
    }
}
