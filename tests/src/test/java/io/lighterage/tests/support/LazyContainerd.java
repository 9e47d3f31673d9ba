package io.lighterage.tests.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** containerd with CRI, to which a node's snapshotter is known as {@link #SNAPSHOTTER}. Owned by one thread. */
public final class LazyContainerd implements AutoCloseable {
    /** The name of the node's snapshotter. */
    public static final String SNAPSHOTTER = "lighter";

    private static final Duration START_DEADLINE = Duration.ofSeconds(30);
    private static final Duration DEADLINE = Duration.ofMinutes(1);

    private final Path directory;
    private Daemon daemon;

    private LazyContainerd(Path directory) {
        this.directory = directory;
    }

    /**
     * Starts a daemon.
     *
     * @param directory of all its files
     * @param snapshotter the socket of the node's snapshotter
     * @param mirror of the images of {@link Mirror#REGISTRY}
     * @param sandboxImage what a pod runs beside its containers
     */
    public static LazyContainerd start(Path directory, Path snapshotter, Mirror mirror, String sandboxImage)
            throws IOException, InterruptedException {
        Path hosts = Files.createDirectories(directory.resolve("hosts").resolve(Mirror.REGISTRY));
        Files.writeString(hosts.resolve("hosts.toml"), """
                server = "http://127.0.0.1:1"
                [host."http://%s"]
                  capabilities = ["pull", "resolve"]
                """.formatted(mirror.address()));
        Files.writeString(directory.resolve("config.toml"), """
                version = 2
                root = "%1$s/root"
                state = "%1$s/state"
                [grpc]
                  address = "%1$s/socket"
                [proxy_plugins.%2$s]
                  type = "snapshot"
                  address = "%3$s"
                [plugins."io.containerd.internal.v1.opt"]
                  path = "%1$s/opt"
                [plugins."io.containerd.grpc.v1.cri"]
                  sandbox_image = "%4$s"
                  restrict_oom_score_adj = true
                [plugins."io.containerd.grpc.v1.cri".cni]
                  conf_dir = "%1$s/cni"
                [plugins."io.containerd.grpc.v1.cri".registry]
                  config_path = "%1$s/hosts"
                [plugins."io.containerd.grpc.v1.cri".containerd]
                  snapshotter = "%2$s"
                  disable_snapshot_annotations = false
                """.formatted(directory, SNAPSHOTTER, snapshotter, sandboxImage));
        LazyContainerd containerd = new LazyContainerd(directory);
        containerd.start();
        return containerd;
    }

    /** Starts it (again); returns when it is ready. */
    public void start() throws IOException, InterruptedException {
        daemon = Daemon.start(
                "containerd",
                directory.resolve("log"),
                Map.of(),
                List.of("containerd", "--config", directory.resolve("config.toml").toString()));
        try {
            daemon.awaitReady(() -> ctr("version").status() == 0, START_DEADLINE);
        } catch (Throwable e) {
            close();
            throw e;
        }
    }

    /** Ends it as {@code kill -9} does; containers live on. */
    public void killHard() throws InterruptedException {
        daemon.killAlone();
    }

    /** Where it listens. */
    public Path socket() {
        return directory.resolve("socket");
    }

    /** Everything that it has logged. */
    public String log() {
        return daemon.log();
    }

    /** Runs {@code ctr}. */
    public Programs.Result ctr(String... arguments) throws IOException, InterruptedException {
        return client("ctr", List.of(arguments));
    }

    /** Pulls with the node's snapshotter; {@code ctr} fetches and unpacks everything. */
    public void pull(String reference) throws IOException, InterruptedException {
        ctr("images", "pull", "--hosts-dir", hosts(), "--snapshotter", SNAPSHOTTER, reference).orFail();
    }

    /** Pulls as clients do that let a snapshotter have layers of its own. */
    public void remotePull(String reference) throws IOException, InterruptedException {
        List<String> pull = List.of("images", "rpull", "--hosts-dir", hosts(), "--snapshotter", SNAPSHOTTER, reference);
        client("ctr-remote", pull).orFail();
    }

    /** Runs a container to its end; answers what it prints. */
    public String run(String reference, String name, String... command) throws IOException, InterruptedException {
        List<String> arguments = runArguments(List.of("--rm"), reference, name, command);
        return ctr(arguments.toArray(String[]::new)).orFail().out();
    }

    /** Starts a container and goes away; {@code mounted} is seen in it below /mnt. */
    public void start(Path mounted, String reference, String name, String... command)
            throws IOException, InterruptedException {
        String mount = "type=bind,src=" + mounted + ",dst=/mnt,options=rbind:rw";
        List<String> arguments = runArguments(List.of("--detach", "--mount", mount), reference, name, command);
        ctr(arguments.toArray(String[]::new)).orFail();
    }

    private List<String> runArguments(List<String> options, String reference, String name, String... command) {
        List<String> arguments = new ArrayList<>(List.of("run"));
        arguments.addAll(options);
        arguments.addAll(List.of(
                "--runc-root", directory.resolve("runc").toString(),
                "--fifo-dir", directory.resolve("fifo").toString(),
                "--snapshotter", SNAPSHOTTER, reference, name));
        arguments.addAll(List.of(command));
        return arguments;
    }

    /** Ends and removes a container that was started. */
    public void remove(String name) throws IOException, InterruptedException {
        ctr("tasks", "rm", "--force", name).orFail();
        ctr("containers", "rm", name).orFail();
    }

    private String hosts() {
        return directory.resolve("hosts").toString();
    }

    private Programs.Result client(String program, List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program, "--address", socket().toString()));
        command.addAll(arguments);
        return Programs.run(DEADLINE, Map.of(), command);
    }

    @Override
    public void close() throws InterruptedException {
        daemon.close();
    }
}
