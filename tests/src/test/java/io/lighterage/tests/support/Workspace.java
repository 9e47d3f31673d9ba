package io.lighterage.tests.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A temporary directory and the resources that live in it. Closing it closes the resources, the last first, unmounts
 * what containers left mounted, and removes the directory. Owned by one thread.
 */
public final class Workspace implements AutoCloseable {
    private final Path root;
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();

    private Workspace(Path root) {
        this.root = root;
    }

    /** A fresh, short path: names of Unix sockets in it must fit 107 bytes. */
    public static Workspace create() throws IOException {
        return new Workspace(Files.createTempDirectory("lighterage").toRealPath());
    }

    /** A fresh directory in this one. */
    public Path directory(String name) throws IOException {
        return Files.createDirectories(root.resolve(name));
    }

    /** Closes {@code resource} together with this. */
    public <T extends AutoCloseable> T own(T resource) {
        resources.push(resource);
        return resource;
    }

    @Override
    public void close() throws Exception {
        List<Exception> failures = new ArrayList<>();
        while (!resources.isEmpty()) {
            try {
                resources.pop().close();
            } catch (Exception e) {
                failures.add(e);
            }
        }
        for (String mount : mounts()) {
            Programs.run(Duration.ofSeconds(10), "umount", "--lazy", mount).orFail();
        }
        Programs.run(Duration.ofMinutes(2), "rm", "-rf", "--one-file-system", root.toString()).orFail();
        if (!failures.isEmpty()) {
            Exception first = failures.removeFirst();
            failures.forEach(first::addSuppressed);
            throw first;
        }
    }

    /** Mount points below the directory, the innermost first. */
    private List<String> mounts() throws IOException {
        List<String> mounts = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
            String point = line.split(" ")[1];
            if (point.startsWith(root + "/")) {
                mounts.addFirst(point);
            }
        }
        return mounts;
    }
}
