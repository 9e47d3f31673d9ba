package io.lighterage.tests.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** podman with a mirror in {@code registries.conf}; it has no daemon. */
public final class Podman implements Engine {
    private final Path directory;
    private final Map<String, String> environment;

    private Podman(Path directory, Map<String, String> environment) {
        this.directory = directory;
        this.environment = environment;
    }

    /** A podman whose state is in {@code directory}. */
    public static Podman in(Path directory, Mirror mirror) throws IOException {
        Path containers = directory.resolve("containers.conf");
        // The host may forbid to raise limits; the defaults of podman would.
        Files.writeString(containers, """
            [containers]
            default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
            [network]
            network_config_dir = "%s/net"
            """.formatted(directory));
        return new Podman(
                directory,
                Map.of(
                        "CONTAINERS_CONF", containers.toString(),
                        "CONTAINERS_REGISTRIES_CONF", Skopeo.registriesConf(directory, mirror).toString()));
    }

    @Override
    public String pullAndRun(String name) throws IOException, InterruptedException {
        String reference = Mirror.REGISTRY + "/" + name;
        podman(
                        Duration.ofMinutes(2),
                        "pull",
                        "--signature-policy",
                        Skopeo.policy(directory).toString(),
                        reference)
                .orFail();
        return podman(Duration.ofMinutes(1), "run", "--rm", "--pull", "never", "--network=none", reference)
                .orFail()
                .out();
    }

    /** Runs it. */
    public Programs.Result podman(Duration deadline, String... arguments) throws IOException, InterruptedException {
        List<String> command = Skopeo.withOwnVarLib();
        command.addAll(List.of(
                "podman",
                "--root", directory.resolve("root").toString(),
                "--runroot", directory.resolve("run").toString(),
                "--tmpdir", directory.resolve("tmp").toString(),
                "--storage-driver=overlay",
                "--cgroup-manager=cgroupfs",
                "--events-backend=file",
                "--runtime=" + Programs.find("runc").orElseThrow()));
        command.addAll(List.of(arguments));
        return Programs.run(deadline, environment, command);
    }

    @Override
    public void close() {}
}
