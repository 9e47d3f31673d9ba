package io.lighterage.tests.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** containerd, driven by {@code ctr}, with a {@code hosts.toml} for the mirror. */
public final class Containerd implements Engine {
    private static final Duration PULL_DEADLINE = Duration.ofMinutes(2);
    private static final Duration START_DEADLINE = Duration.ofSeconds(30);

    private final Path directory;
    private final Daemon daemon;

    private Containerd(Path directory, Daemon daemon) {
        this.directory = directory;
        this.daemon = daemon;
    }

    /** Starts a daemon whose state is in {@code directory}. */
    public static Containerd start(Path directory, Mirror mirror) throws IOException, InterruptedException {
        addMirror(directory, Mirror.REGISTRY, mirror);
        Path config = directory.resolve("config.toml");
        Files.writeString(config, """
                version = 2
                root = "%1$s/root"
                state = "%1$s/state"
                disabled_plugins = ["io.containerd.grpc.v1.cri"]
                [grpc]
                  address = "%1$s/socket"
                [plugins."io.containerd.internal.v1.opt"]
                  path = "%1$s/opt"
                """.formatted(directory));
        Daemon daemon = Daemon.start(
                "containerd", directory.resolve("log"), Map.of(), List.of("containerd", "--config", config.toString()));
        Containerd containerd = new Containerd(directory, daemon);
        try {
            daemon.awaitReady(() -> containerd.ctr(Duration.ofSeconds(5), "version").status() == 0, START_DEADLINE);
        } catch (Throwable e) {
            containerd.close();
            throw e;
        }
        return containerd;
    }

    private static void addMirror(Path directory, String registry, Mirror mirror) throws IOException {
        Path hosts = Files.createDirectories(directory.resolve("hosts").resolve(registry));
        Files.writeString(hosts.resolve("hosts.toml"), """
                server = "http://127.0.0.1:1"
                [host."http://%s"]
                  capabilities = ["pull", "resolve"]
                """.formatted(mirror.address()));
    }

    /** Pulls through a mirror of the image's registry; {@code options} are those of {@code ctr images pull}. */
    public Programs.Result pull(Mirror mirror, String registry, String name, String... options)
            throws IOException, InterruptedException {
        addMirror(directory, registry, mirror);
        List<String> arguments =
                new ArrayList<>(List.of("images", "pull", "--hosts-dir", directory.resolve("hosts").toString()));
        arguments.addAll(List.of(options));
        arguments.add(registry + "/" + name);
        return ctr(PULL_DEADLINE, arguments.toArray(String[]::new));
    }

    @Override
    public String pullAndRun(String name) throws IOException, InterruptedException {
        String reference = Mirror.REGISTRY + "/" + name;
        ctr(PULL_DEADLINE, "images", "pull", "--hosts-dir", directory.resolve("hosts").toString(), reference).orFail();
        return ctr(
                        Duration.ofMinutes(1),
                        "run", "--rm", "--runc-root", directory.resolve("runc").toString(),
                        "--fifo-dir", directory.resolve("fifo").toString(), reference, "lighterage")
                .orFail()
                .out();
    }

    private Programs.Result ctr(Duration deadline, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("ctr", "--address", directory.resolve("socket").toString()));
        command.addAll(List.of(arguments));
        return Programs.run(deadline, Map.of(), command);
    }

    @Override
    public void close() throws InterruptedException {
        daemon.close();
    }
}
