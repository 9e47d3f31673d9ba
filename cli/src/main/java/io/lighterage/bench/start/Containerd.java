package io.lighterage.bench.start;

import io.lighterage.bench.lab.Commands;
import io.lighterage.bench.lab.Place;
import io.lighterage.bench.lab.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A containerd of its own on the host of a lab, by which images are pulled eagerly: fetched and unpacked. */
final class Containerd implements AutoCloseable {
    private static final Duration READY = Duration.ofSeconds(30);
    private static final Duration END = Duration.ofSeconds(20);
    private static final Duration PULL = Duration.ofMinutes(15);

    private final Place host;
    private final Path directory;
    private final Program program;

    private Containerd(Place host, Path directory, Program program) {
        this.host = host;
        this.directory = directory;
        this.program = program;
    }

    static Containerd start(Place host, Path directory) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        Path config = directory.resolve("config.toml");
        Files.writeString(config, """
                version = 2
                root = "%1$s/root"
                state = "%1$s/state"
                disabled_plugins = ["io.containerd.grpc.v1.cri"]
                [grpc]
                  address = "%1$s/sock"
                """.formatted(directory));
        Program program = Program.start(
                "containerd", host, directory.resolve("log"), List.of("containerd", "--config", config.toString()));
        Containerd started = new Containerd(host, directory, program);
        long endNs = System.nanoTime() + READY.toNanos();
        while (true) {
            try {
                started.ctr(Duration.ofSeconds(5), "version");
                return started;
            } catch (IOException e) {
                if (!program.isAlive() || System.nanoTime() > endNs) {
                    started.close();
                    throw new IOException("containerd did not come up: " + e.getMessage(), e);
                }
                Thread.sleep(50);
            }
        }
    }

    private String ctr(Duration deadline, String... arguments) throws IOException, InterruptedException {
        List<String> command = List.of("ctr", "--address", directory.resolve("sock").toString());
        return Commands.run(host, deadline, Commands.join(command, arguments));
    }

    /**
     * Pulls and unpacks an image, and mounts it so that it can be written.
     *
     * @param mirror where to pull it from
     */
    void pull(String reference, String mirror, Path at) throws IOException, InterruptedException {
        Path hosts = Files.createDirectories(directory.resolve("hosts").resolve(Processes.REGISTRY_NAME));
        Files.writeString(hosts.resolve("hosts.toml"), """
                server = "%1$s"
                [host."%1$s"]
                  capabilities = ["pull", "resolve"]
                """.formatted(mirror));
        ctr(PULL, "images", "pull", "--hosts-dir", directory.resolve("hosts").toString(), reference);
        ctr(PULL, "images", "mount", "--rw", reference, at.toString());
    }

    @Override
    public void close() throws InterruptedException {
        program.end(END);
    }
}
