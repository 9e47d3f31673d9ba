package io.lighterage.bench.start;

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

    private final Lab lab;
    private final Path directory;
    private final Process process;

    private Containerd(Lab lab, Path directory, Process process) {
        this.lab = lab;
        this.directory = directory;
        this.process = process;
    }

    static Containerd start(Lab lab, Path directory) throws IOException, InterruptedException {
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
        Process process = Command.start(
                directory.resolve("log"), Command.join(lab.at("host"), "containerd", "--config", config.toString()));
        Containerd started = new Containerd(lab, directory, process);
        long endNs = System.nanoTime() + READY.toNanos();
        while (true) {
            try {
                started.ctr(Duration.ofSeconds(5), "version");
                return started;
            } catch (IOException e) {
                if (!process.isAlive() || System.nanoTime() > endNs) {
                    started.close();
                    throw new IOException("containerd did not come up: " + e.getMessage(), e);
                }
                Thread.sleep(50);
            }
        }
    }

    private String ctr(Duration deadline, String... arguments) throws IOException, InterruptedException {
        List<String> command = Command.join(lab.at("host"), "ctr", "--address", directory.resolve("sock").toString());
        return Command.run(deadline, Command.join(command, arguments).toArray(String[]::new));
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
        Command.end(process, END);
    }
}
