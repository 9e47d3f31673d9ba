package io.lighterage.tests.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A directory with the {@code /etc} of a host, which {@code lighter setup --root} writes into. Programs run by {@link
 * #seenBy} find those files in {@code /etc}, so that an engine reads them with no option of its own.
 */
public final class HostRoot {
    private static final List<String> DIRECTORIES = List.of("containerd", "containers", "docker");

    private final Path root;

    private HostRoot(Path root) {
        this.root = root;
    }

    /** A host whose files are in {@code root}; it has none yet. */
    public static HostRoot in(Path root) throws IOException {
        for (String directory : DIRECTORIES) {
            Files.createDirectories(root.resolve("etc").resolve(directory));
        }
        return new HostRoot(root);
    }

    /** Where a file of the host is here. */
    public Path file(String path) {
        return root.resolve(path.substring(1));
    }

    /** Writes a file of the host. */
    public HostRoot with(String path, String text) throws IOException {
        Files.createDirectories(file(path).getParent());
        Files.writeString(file(path), text);
        return this;
    }

    /** Runs {@code lighter setup} on this host. */
    public Programs.Result setup(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("setup"));
        command.addAll(Arrays.asList(arguments));
        command.addAll(List.of("--root", root.toString()));
        return LighterProcess.run(Duration.ofSeconds(60), command.toArray(String[]::new));
    }

    /** The command so that it sees this host's files, and a {@code /var/lib} of its own; the mounts end with it. */
    public List<String> seenBy(List<String> command) {
        StringBuilder script = new StringBuilder("mount -t tmpfs none /var/lib");
        for (String directory : DIRECTORIES) {
            String seen = "/etc/" + directory;
            script.append(" && mkdir -p ").append(seen);
            script.append(" && mount --bind ").append(root).append(seen).append(' ').append(seen);
        }
        script.append(" && exec \"$@\"");
        List<String> wrapped = new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", script.toString(), "sh"));
        wrapped.addAll(command);
        return wrapped;
    }

    /** Runs a command that sees this host's files to its end. */
    public Programs.Result run(Duration deadline, String... command) throws IOException, InterruptedException {
        return Programs.run(deadline, Map.of(), seenBy(List.of(command)));
    }
}
