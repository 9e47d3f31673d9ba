package io.lighterage.tests.snapshots;

import io.lighterage.peer.content.Digest;
import io.lighterage.tests.support.Await;
import io.lighterage.tests.support.LazyContainerd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Ten containers that read blocks of a file and compare them with what they should be, in steps: each step reads blocks
 * that none has read before. Owned by one thread.
 */
final class VerifyingContainers implements AutoCloseable {
    private static final int COUNT = 10;
    private static final int STEPS = 6;
    private static final int BLOCK = 256 << 10;
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    /** Blocks of a step lie apart, so that reading ahead does not bring those of the next. */
    private static final String SCRIPT = """
            step=0
            while [ $step -lt %1$d ]; do
              until [ -e /mnt/go$step ]; do sleep 0.1; done
              k=0
              while [ $k -lt %2$d ]; do
                b=$(( (k + $1) %% %2$d * %1$d + step ))
                s=$(dd if=/srv/cargo/big bs=%3$d skip=$b count=1 2> /mnt/dd$1 | sha256sum | cut -c 1-64)
                if [ "$s" != "$(sed -n $((b + 1))p /mnt/sums)" ]; then
                  cp /mnt/dd$1 /mnt/failed$1
                  exit 1
                fi
                k=$((k + 1))
              done
              touch /mnt/done$step.$1
              step=$((step + 1))
            done
            """;

    private final LazyContainerd containerd;
    private final Path shared;
    private final List<String> names = new ArrayList<>();
    private int step;

    private VerifyingContainers(LazyContainerd containerd, Path shared) {
        this.containerd = containerd;
        this.shared = shared;
    }

    /**
     * Starts them.
     *
     * @param shared a directory that they see too
     * @param content of the file
     */
    static VerifyingContainers start(LazyContainerd containerd, String reference, Path shared, byte[] content)
            throws IOException, InterruptedException {
        int blocks = content.length / BLOCK;
        List<String> sums = new ArrayList<>();
        for (int i = 0; i < blocks; i++) {
            sums.add(Digest.of(Arrays.copyOfRange(content, i * BLOCK, (i + 1) * BLOCK)).hex());
        }
        Files.write(shared.resolve("sums"), sums);
        VerifyingContainers all = new VerifyingContainers(containerd, shared);
        String script = SCRIPT.formatted(STEPS, blocks / STEPS, BLOCK);
        try {
            for (int i = 0; i < COUNT; i++) {
                String name = "verifying-" + i;
                all.names.add(name);
                containerd.start(shared, reference, name, "sh", "-c", script, "sh", Integer.toString(i));
            }
        } catch (Throwable e) {
            all.close();
            throw e;
        }
        return all;
    }

    /** Lets them take a step, and waits until all have. */
    void verify() throws IOException, InterruptedException {
        begin();
        await();
    }

    /** Lets them take a step. */
    void begin() throws IOException {
        Files.createFile(shared.resolve("go" + step));
    }

    /** Waits until all have taken the step. */
    void await() throws InterruptedException {
        Await.until(() -> files("failed").isEmpty() && files("done" + step).size() == COUNT, DEADLINE, this::state);
        step++;
    }

    private String state() {
        try {
            String failures = files("failed").stream()
                    .map(file -> file.getFileName() + ": " + read(file))
                    .collect(Collectors.joining(", "));
            return "step " + step + " was taken by " + files("done" + step).size() + " containers; " + failures;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> files(String prefix) throws IOException {
        try (Stream<Path> all = Files.list(shared)) {
            return all.filter(file -> file.getFileName().toString().startsWith(prefix)).toList();
        }
    }

    /** Waits until all have ended by themselves. */
    void end() throws InterruptedException {
        Await.until(
                () -> !containerd.ctr("tasks", "ls").orFail().out().contains("RUNNING"),
                DEADLINE,
                () -> "containers still run");
    }

    @Override
    public void close() throws IOException, InterruptedException {
        for (String name : names) {
            containerd.remove(name);
        }
    }
}
