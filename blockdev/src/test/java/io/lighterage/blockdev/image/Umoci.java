package io.lighterage.blockdev.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The real umoci, whose way to unpack an image is the measure of ours. */
final class Umoci {
    private static final String TAG = "t";
    private static final int DEADLINE_SECONDS = 60;

    private Umoci() {}

    /** Skips the test where umoci cannot run; fails instead where engines are required. */
    static void assumePossible() {
        String lacks = !"root".equals(System.getProperty("user.name")) ? "unpacking with owners needs root"
                : Images.hasProgram("umoci") ? "" : "umoci is not on the path";
        if (!lacks.isEmpty() && "1".equals(System.getenv("LIGHTERAGE_REQUIRE_ENGINES"))) {
            throw new AssertionError(lacks);
        }
        assumeTrue(lacks.isEmpty(), lacks);
    }

    /** What umoci made of an image, or why it refused it. */
    record Unpacked(Optional<SortedMap<String, TreeFacts>> tree, String refusal) {}

    static Unpacked unpack(LayerStack stack) throws IOException, InterruptedException {
        Path work = Files.createTempDirectory("lighterage-umoci");
        try {
            stack.writeTo(work.resolve("layout"), Optional.of(TAG));
            // The clock of file systems may lag behind by a tick.
            long begin = Instant.now().getEpochSecond() - 1;
            Path said = work.resolve("said");
            Process process = new ProcessBuilder(
                            "umoci",
                            "unpack",
                            "--image",
                            work.resolve("layout") + ":" + TAG,
                            work.resolve("bundle").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new IllegalStateException("umoci did not end:\n" + Files.readString(said));
            }
            if (process.exitValue() != 0) {
                return new Unpacked(Optional.empty(), new String(Files.readAllBytes(said)));
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
        Process remove = new ProcessBuilder("rm", "-rf", "--one-file-system", work.toString()).start();
        if (!remove.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS) || remove.exitValue() != 0) {
            throw new IOException("cannot remove " + work);
        }
    }
}
