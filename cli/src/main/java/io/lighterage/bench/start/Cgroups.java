package io.lighterage.bench.start;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The control groups of containers that runc runs for a measurement. */
final class Cgroups {
    /** The group above those of all containers. */
    static final String NAME = "lighterage-cold-start";

    private static final Logger LOG = LoggerFactory.getLogger(Cgroups.class);
    private static final Path ROOT = Path.of("/sys/fs/cgroup");

    private Cgroups() {}

    /** Removes the groups in which nothing runs, also those of a run that was killed: the kernel keeps the others. */
    static void removeEmpty() {
        try {
            remove(ROOT.resolve(NAME));
            if (Files.isDirectory(ROOT)) {
                // Version 1 has a hierarchy for each controller.
                try (DirectoryStream<Path> controllers = Files.newDirectoryStream(ROOT, Files::isDirectory)) {
                    for (Path controller : controllers) {
                        remove(controller.resolve(NAME));
                    }
                }
            }
        } catch (IOException e) {
            LOG.warn("control groups are left: {}", e.getMessage());
        }
    }

    private static void remove(Path group) throws IOException {
        if (!Files.isDirectory(group)) {
            return;
        }
        try (DirectoryStream<Path> below = Files.newDirectoryStream(group, Files::isDirectory)) {
            for (Path child : below) {
                remove(child);
            }
        }
        if (!group.toFile().delete()) {
            LOG.debug("{} is in use", group);
        }
    }
}
