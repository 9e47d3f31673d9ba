package io.lighterage.bench.start;

import io.lighterage.bench.lab.Commands;
import io.lighterage.bench.lab.Program;
import io.lighterage.bench.lab.Teardown;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Containers without an engine: processes with a root, a process table and mounts of their own. What is lazy is mounted
 * by the node; the rest is pulled and mounted by containerd.
 */
final class BareStarter implements Starter {
    private static final Logger LOG = LoggerFactory.getLogger(BareStarter.class);

    private final ColdHost host;
    private final Teardown teardown = new Teardown();
    private Containerd containerd;

    BareStarter(ColdHost host) {
        this.host = host;
    }

    @Override
    public Image get(String reference, Mode mode) throws IOException, InterruptedException {
        Teardown after = new Teardown();
        try {
            Path root = mode.isLazy() ? mount(reference, after) : pull(reference, mode, after);
            return new Image() {
                @Override
                public Container start(String script) throws IOException, InterruptedException {
                    return BareStarter.this.start(root, script);
                }

                @Override
                public void close() {
                    after.close();
                }
            };
        } catch (IOException | InterruptedException | RuntimeException e) {
            after.close();
            throw e;
        }
    }

    private Path pull(String reference, Mode mode, Teardown after) throws IOException, InterruptedException {
        if (containerd == null) {
            containerd = teardown.add(Containerd.start(host.party(), host.fresh(Containerd.DIRECTORY, teardown)));
        }
        Path root = host.fresh("root", after);
        containerd.pull(reference, mode);
        after.add(() -> containerd.remove(reference));
        containerd.mount(reference, root);
        after.add(() -> containerd.unmount(root));
        return root;
    }

    /** Answers a directory above what the node mounts that can be written. */
    private Path mount(String reference, Teardown after) throws IOException, InterruptedException {
        Path lower = Files.createDirectories(host.directory().resolve("image"));
        host.mount(reference, lower);
        after.add(() -> unmount(lower));
        Path root = host.fresh("root", after);
        Path upper = host.fresh("upper", after);
        Path work = host.fresh("work", after);
        host.run(
                "mount", "-t", "overlay", "overlay", "-o",
                "lowerdir=" + lower + ",upperdir=" + upper + ",workdir=" + work, root.toString());
        after.add(() -> host.run("umount", "--lazy", root.toString()));
        return root;
    }

    private void unmount(Path lower) throws IOException, InterruptedException {
        try {
            host.unmount(lower);
        } catch (IOException e) {
            LOG.warn("the node does not unmount {}: {}", lower, e.getMessage());
            host.run("umount", "--lazy", lower.toString());
        }
    }

    private Container start(Path root, String script) throws IOException, InterruptedException {
        List<String> command = Commands.join(
                List.of("unshare", "--pid", "--fork", "--kill-child", "--mount", "--root=" + root, "--mount-proc"),
                Container.command(script).toArray(String[]::new));
        // Killed, unshare takes along what it started.
        return Container.awaitReady(
                Program.piped("container", host.party().place(), command), () -> {}, ColdHost.DEADLINE);
    }

    @Override
    public void keepWarm() {
        // The kernel alone starts these containers.
    }

    @Override
    public void close() {
        teardown.close();
    }
}
