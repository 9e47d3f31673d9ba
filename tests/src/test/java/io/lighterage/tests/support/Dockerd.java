package io.lighterage.tests.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * dockerd with a registry mirror, which it asks for images of Docker Hub only. Without bridge and firewall rules, so
 * that it changes nothing outside its directory.
 */
public final class Dockerd implements Engine {
    private static final Duration PULL_DEADLINE = Duration.ofMinutes(2);
    private static final Duration START_DEADLINE = Duration.ofSeconds(60);

    private final String socket;
    private final Path directory;
    private final Daemon daemon;

    private Dockerd(String socket, Path directory, Daemon daemon) {
        this.socket = socket;
        this.directory = directory;
        this.daemon = daemon;
    }

    /** Starts a daemon whose state is in {@code directory}. */
    public static Dockerd start(Path directory, Mirror mirror) throws IOException, InterruptedException {
        Path config = directory.resolve("daemon.json");
        Files.writeString(config, "{\"deprecated-key-path\": \"" + directory.resolve("key.json") + "\"}");
        String socket = "unix://" + directory.resolve("socket");
        Daemon daemon = Daemon.start("dockerd", directory.resolve("log"), Map.of(), List.of(
                "dockerd",
                "--config-file", config.toString(),
                "--data-root", directory.resolve("data").toString(),
                "--exec-root", directory.resolve("exec").toString(),
                "--pidfile", directory.resolve("pid").toString(),
                "--host", socket,
                "--registry-mirror", "http://" + mirror.address(),
                "--bridge=none",
                "--iptables=false",
                "--ip6tables=false",
                "--exec-opt", "native.cgroupdriver=cgroupfs"));
        Dockerd dockerd = new Dockerd(socket, directory, daemon);
        try {
            daemon.awaitReady(() -> dockerd.docker(Duration.ofSeconds(5), "version").status() == 0, START_DEADLINE);
        } catch (Throwable e) {
            dockerd.close();
            throw e;
        }
        return dockerd;
    }

    @Override
    public String pullAndRun(String name) throws IOException, InterruptedException {
        docker(PULL_DEADLINE, "pull", name).orFail();
        return docker(Duration.ofMinutes(1), "run", "--rm", "--network", "none", name).orFail().out();
    }

    /** Runs the client. */
    public Programs.Result docker(Duration deadline, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("docker", "--config", directory.resolve("client").toString(), "--host", socket));
        command.addAll(List.of(arguments));
        return Programs.run(deadline, Map.of(), command);
    }

    @Override
    public void close() throws InterruptedException {
        daemon.close();
    }
}
