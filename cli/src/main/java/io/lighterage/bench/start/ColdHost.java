package io.lighterage.bench.start;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.bench.lab.Commands;
import io.lighterage.bench.lab.Teardown;
import io.lighterage.blockdev.linux.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/** One host of a datacenter, on which containers start. Owned by one thread at a time. */
final class ColdHost {
    /** For whatever a link makes slow. */
    static final Duration DEADLINE = Duration.ofMinutes(15);

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

    Datacenter.Party party() {
        return party;
    }

    /** Where it has what it mounts and writes. */
    Path directory() {
        return directory;
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
        String snapshotter = directory.resolve(Containerd.SNAPSHOTTER_SOCKET).toString();
        // An image that is slow to come is to be measured lazy too.
        String[] all = Stream.concat(
                        Stream.of("--snapshotter", snapshotter, "--lazy-wait", String.valueOf(DEADLINE.toSeconds())),
                        Stream.of(flags))
                .toArray(String[]::new);
        after.add(processes.node(party, fresh("node", after), all));
    }

    /** Who gets images here and starts containers of them. */
    Starter starter(Engine engine) throws IOException, InterruptedException {
        return switch (engine) {
            case CONTAINERD -> new ContainerdStarter(this);
            case NONE -> new BareStarter(this);
        };
    }

    /** Mounts an image by the node. */
    void mount(String reference, Path at) throws IOException, InterruptedException {
        processes.mount(party, reference, at);
    }

    /** Ends a mount of the node. */
    void unmount(Path at) throws IOException, InterruptedException {
        processes.unmount(party, at);
    }

    /** What the node knows of the image that it was asked for by a tag, or as a snapshotter by its digest. */
    JsonNode status(String reference) throws IOException, InterruptedException {
        String byDigest = reference.substring(0, reference.lastIndexOf(':')) + "@";
        for (JsonNode one : JSON.readTree(processes.askNode(party, "/api/v1/images"))) {
            for (JsonNode name : one.path("names")) {
                if (name.asText().equals(reference) || name.asText().startsWith(byDigest)) {
                    return one;
                }
            }
        }
        throw new IOException("the node does not know " + reference);
    }

    /** Runs a program here to its end. */
    void run(String... command) throws IOException, InterruptedException {
        Commands.run(party.place(), DEADLINE, command);
    }
}
