package io.lighterage.bench.start;

import io.lighterage.bench.lab.Commands;
import io.lighterage.bench.lab.Place;
import io.lighterage.bench.lab.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A containerd of its own on the host of a lab, to which the node's snapshotter is known. Owned by one thread. */
final class Containerd implements AutoCloseable {
    /** What a pull and the start of a container run. */
    static final List<String> PROGRAMS = List.of("containerd-shim-runc-v2", "runc", "ctr", "ctr-remote");

    /** Where a host has its containerd, within the host's own directory. */
    static final String DIRECTORY = "containerd";

    /** Where its containerd expects the node's snapshotter, within the host's own directory. */
    static final String SNAPSHOTTER_SOCKET = "snapshotter.sock";

    private static final String SNAPSHOTTER = "lighter";
    private static final Logger LOG = LoggerFactory.getLogger(Containerd.class);
    private static final Duration READY = Duration.ofSeconds(30);
    private static final Duration END = Duration.ofSeconds(20);
    private static final Duration PULL = Duration.ofMinutes(15);

    /** Where shims have their sockets, whatever the configuration says. */
    private static final Path RUN = Path.of("/run/containerd");

    private final Datacenter.Party party;
    private final Place host;
    private final Path directory;
    private final Program program;
    private int started;

    private Containerd(Datacenter.Party party, Path directory, Program program) {
        this.party = party;
        this.host = party.place();
        this.directory = directory;
        this.program = program;
    }

    /** @param directory for all its files; {@link #SNAPSHOTTER_SOCKET} is beside it */
    static Containerd start(Datacenter.Party party, Path directory) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        Path config = directory.resolve("config.toml");
        Files.writeString(config, """
                version = 2
                root = "%1$s/root"
                state = "%1$s/state"
                disabled_plugins = ["io.containerd.grpc.v1.cri"]
                [grpc]
                  address = "%1$s/sock"
                [proxy_plugins.%2$s]
                  type = "snapshot"
                  address = "%3$s"
                [plugins."io.containerd.internal.v1.opt"]
                  path = "%1$s/opt"
                """.formatted(directory, SNAPSHOTTER, directory.resolveSibling(SNAPSHOTTER_SOCKET)));
        Files.createDirectories(RUN);
        Place host = party.place();
        Commands.run(host, Commands.SHORT, "mount", "-t", "tmpfs", "tmpfs", RUN.toString());
        Program program = Program.start(
                "containerd", host, directory.resolve("log"), List.of("containerd", "--config", config.toString()));
        Containerd started = new Containerd(party, directory, program);
        try {
            started.awaitReady();
            return started;
        } catch (IOException | InterruptedException | RuntimeException e) {
            try {
                started.close();
            } catch (IOException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    private void awaitReady() throws IOException, InterruptedException {
        long endNs = System.nanoTime() + READY.toNanos();
        while (true) {
            try {
                ctr(Duration.ofSeconds(5), "version");
                return;
            } catch (IOException e) {
                if (!program.isAlive() || System.nanoTime() > endNs) {
                    throw new IOException("containerd did not come up: " + e.getMessage(), e);
                }
                Thread.sleep(50);
            }
        }
    }

    private List<String> client(String name, String... arguments) {
        return Commands.join(List.of(name, "--address", directory.resolve("sock").toString()), arguments);
    }

    private String ctr(Duration deadline, String... arguments) throws IOException, InterruptedException {
        return Commands.run(host, deadline, client("ctr", arguments));
    }

    /** Pulls an image as the mode has it: fetched and unpacked, or as layers of the node's snapshotter. */
    void pull(String reference, Mode mode) throws IOException, InterruptedException {
        Path hosts = Files.createDirectories(directory.resolve("hosts").resolve(Processes.REGISTRY_NAME));
        Files.writeString(hosts.resolve("hosts.toml"), """
                server = "%1$s"
                [host."%1$s"]
                  capabilities = ["pull", "resolve"]
                """.formatted(mode.usesNode() ? Processes.NODE : Processes.REGISTRY_URL));
        String from = directory.resolve("hosts").toString();
        // ctr fetches every layer, whatever the snapshotter has.
        List<String> command = mode.isLazy()
                ? client("ctr-remote", "images", "rpull", "--hosts-dir", from, "--snapshotter", SNAPSHOTTER, reference)
                : client("ctr", "images", "pull", "--hosts-dir", from, reference);
        Commands.run(host, PULL, command);
    }

    /** Mounts an image that was pulled eagerly so that it can be written. */
    void mount(String reference, Path at) throws IOException, InterruptedException {
        ctr(PULL, "images", "mount", "--rw", reference, at.toString());
    }

    /** Takes back {@link #mount}. */
    void unmount(Path at) throws IOException, InterruptedException {
        ctr(PULL, "images", "unmount", "--rm", at.toString());
    }

    /** Starts a container of an image that was pulled in that mode; returns when it says that it is ready. */
    Container run(String reference, Mode mode, String script, Duration deadline)
            throws IOException, InterruptedException {
        String id = party.name() + "-" + ProcessHandle.current().pid() + "-" + ++started;
        List<String> command = client(
                "ctr", "run", "--rm", "--cgroup", "/" + Cgroups.NAME + "/" + id,
                "--runc-root", directory.resolve("runc").toString(),
                "--fifo-dir", directory.resolve("fifo").toString(),
                "--snapshotter", mode.isLazy() ? SNAPSHOTTER : "overlayfs", reference, id);
        Program running = Program.piped(
                id, host, Commands.join(command, Container.command(script).toArray(String[]::new)));
        return Container.awaitReady(running, () -> end(running, id), deadline);
    }

    /** Ends a container; {@code running} then removes it, and ends too. */
    private void end(Program running, String id) throws IOException, InterruptedException {
        try {
            ctr(END, "tasks", "kill", "--signal", "KILL", id);
        } catch (IOException e) {
            LOG.debug("{} has ended by itself: {}", id, e.getMessage());
        }
        running.end(END);
    }

    /** Forgets an image, and what it was unpacked to. */
    void remove(String reference) throws IOException, InterruptedException {
        ctr(PULL, "images", "rm", "--sync", reference);
    }

    @Override
    public void close() throws IOException, InterruptedException {
        program.end(END);
        Commands.run(host, Commands.SHORT, "umount", "--lazy", RUN.toString());
    }
}
