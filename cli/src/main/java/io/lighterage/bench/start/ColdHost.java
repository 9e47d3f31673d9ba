package io.lighterage.bench.start;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.bench.lab.Commands;
import io.lighterage.bench.lab.Place;
import io.lighterage.bench.lab.Teardown;
import io.lighterage.blockdev.linux.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One host of a datacenter, on which images are mounted and containers start. Owned by one thread at a time. */
final class ColdHost {
    /** For whatever a link makes slow. */
    static final Duration DEADLINE = Duration.ofMinutes(15);

    private static final Logger LOG = LoggerFactory.getLogger(ColdHost.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Datacenter.Party party;
    private final Processes processes;
    private final Path directory;

    /** @param directory where it has what it mounts and writes */
    ColdHost(Datacenter.Party party, Processes processes, Path directory) throws IOException {
        this.party = party;
        this.processes = processes;
        this.directory = Files.createDirectories(directory);
    }

    Place place() {
        return party.place();
    }

    /** A directory that is empty until {@code after}. */
    Path fresh(String name, Teardown after) throws IOException {
        Path path = directory.resolve(name);
        FileTree.delete(path);
        Files.createDirectories(path);
        after.add(() -> FileTree.delete(path));
        return path;
    }

    /** Starts its node, which has nothing. */
    void node(Teardown after, String... flags) throws IOException, InterruptedException {
        after.add(processes.node(party, fresh("node", after), flags));
    }

    /** A node that has just started has nothing compiled yet; nodes run for months. */
    void warm(String reference) throws IOException, InterruptedException {
        Path at = Files.createDirectories(directory.resolve("warmth"));
        processes.mount(party, reference, at);
        try {
            run("bash", "-c", "cat \"$1\"/* > /dev/null", "warm", at.toString());
        } finally {
            processes.unmount(party, at);
        }
    }

    /** Mounts an image by the node, and answers a directory above it that can be written. */
    Path mount(String reference, Teardown after) throws IOException, InterruptedException {
        Path lower = Files.createDirectories(directory.resolve("image"));
        processes.mount(party, reference, lower);
        after.add(() -> unmount(lower));
        return overlay(lower.toString(), after);
    }

    private void unmount(Path lower) throws IOException, InterruptedException {
        try {
            processes.unmount(party, lower);
        } catch (IOException e) {
            LOG.warn("the node does not unmount {}: {}", lower, e.getMessage());
            run("umount", "--lazy", lower.toString());
        }
    }

    /** A directory that can be written above those that {@code lower} names. */
    Path overlay(String lower, Teardown after) throws IOException, InterruptedException {
        Path root = Files.createDirectories(directory.resolve("root"));
        Path upper = fresh("upper", after);
        Path work = fresh("work", after);
        run("mount", "-t", "overlay", "overlay", "-o",
                "lowerdir=" + lower + ",upperdir=" + upper + ",workdir=" + work, root.toString());
        after.add(() -> run("umount", "--lazy", root.toString()));
        return root;
    }

    /** Has containerd pull an image, and mounts it so that it can be written. */
    Path pull(Containerd containerd, String reference, String from, Teardown after)
            throws IOException, InterruptedException {
        Path root = Files.createDirectories(directory.resolve("root"));
        after.add(() -> run("umount", "--lazy", "--quiet", root.toString()));
        containerd.pull(reference, from, root);
        return root;
    }

    /** Runs a container to where it is ready. */
    Container start(Path root, String script) throws IOException, InterruptedException {
        return Container.start(place(), root, script, DEADLINE);
    }

    /** What the node knows of an image that it has mounted. */
    JsonNode status(String reference) throws IOException, InterruptedException {
        for (JsonNode one : JSON.readTree(processes.askNode(party, "/api/v1/images"))) {
            for (JsonNode name : one.path("names")) {
                if (name.asText().equals(reference)) {
                    return one;
                }
            }
        }
        throw new IOException("the node does not know " + reference);
    }

    private void run(String... command) throws IOException, InterruptedException {
        Commands.run(place(), DEADLINE, command);
    }
}
