package io.lighterage.bench.lab;

import io.lighterage.blockdev.linux.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Directories in which a process has its data; the next one removes those of processes that were killed. */
public final class Directories {
    private static final Logger LOG = LoggerFactory.getLogger(Directories.class);

    private Directories() {}

    /**
     * Makes a directory of this process.
     *
     * @param prefix what the names of all of this kind begin with
     */
    public static Path create(Path parent, String prefix) throws IOException {
        return Files.createTempDirectory(parent, prefix + ProcessHandle.current().pid() + "-");
    }

    /** Removes those that {@link #create} made for processes that are no more. */
    public static void removeStale(Path parent, String prefix) throws IOException {
        String names = Pattern.quote(prefix) + "[0-9]{1,9}-[0-9]+";
        List<Path> all;
        try (Stream<Path> found = Files.list(parent)) {
            all = found.filter(p -> p.getFileName().toString().matches(names)).toList();
        }
        for (Path old : all) {
            String rest = old.getFileName().toString().substring(prefix.length());
            long pid = Long.parseLong(rest.substring(0, rest.indexOf('-')));
            if (ProcessHandle.of(pid).isEmpty() && Files.isWritable(old)) {
                LOG.info("removing {}, left by a process that was killed", old);
                remove(old);
            }
        }
    }

    /** Removes one with all that is in it, and what {@link HugePages} mounted on it. */
    public static void remove(Path directory) throws IOException {
        HugePages.unmount(directory);
        FileTree.delete(directory);
    }
}
