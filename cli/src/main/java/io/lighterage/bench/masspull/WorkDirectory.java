package io.lighterage.bench.masspull;

import static io.lighterage.bench.sim.ImpossibleSettingException.require;

import io.lighterage.bench.lab.Directories;
import io.lighterage.bench.lab.HugePages;
import io.lighterage.bench.lab.LabException;
import io.lighterage.blockdev.linux.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where a measurement has its data: in memory unless told otherwise, and for root in huge pages where the kernel has
 * them. Gone when this is closed.
 */
public final class WorkDirectory implements AutoCloseable {
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final String PREFIX = "lighter-bench-";
    private static final double MIB = 1 << 20;

    private final Path path;
    private final String described;

    private WorkDirectory(Path path, String described) {
        this.path = path;
        this.described = described;
    }

    /**
     * Makes one, after removing those of processes that were killed.
     *
     * @param parent where; empty for memory
     * @param bytes that must fit in
     * @param process bytes of memory that processes need besides
     */
    public static WorkDirectory create(Optional<Path> parent, long bytes, long process) throws IOException {
        Path place = parent.orElse(MEMORY);
        if (!Files.isDirectory(place)) {
            throw new LabException("data: " + place + " is no directory");
        }
        Directories.removeStale(place, PREFIX);
        long free = Files.getFileStore(place).getUsableSpace();
        require(bytes <= free,
                text("data: %.0f MiB are needed in " + place
                        + " and %.0f are free: take a smaller image or fewer hosts,"
                + " or another place by --data", bytes, free));
        long memory = availableMemory();
        boolean inMemory = place.startsWith(MEMORY);
        long needed = process + (inMemory ? bytes : 0);
        require(needed <= memory,
                text("hosts: about %.0f MiB of memory are needed and %.0f are available: take fewer hosts,"
                + " a smaller image, or a disk by --data", needed, memory));
        Path made = Directories.create(place, PREFIX);
        if (!inMemory) {
            return new WorkDirectory(made, "on disk");
        }
        boolean huge = NamespaceScene.isAllowed() && HugePages.mount(made, free);
        return new WorkDirectory(made, huge ? "in memory, in huge pages" : "in memory");
    }

    private static String text(String format, long needed, long there) {
        return String.format(Locale.ROOT, format, needed / MIB, there / MIB);
    }

    private static long availableMemory() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
            return lines.filter(l -> l.startsWith("MemAvailable:")).findFirst()
                    .map(l -> Long.parseLong(l.replaceAll("\\D", "")) * 1024).orElse(Long.MAX_VALUE);
        }
    }

    /** Where it is, for a report. */
    String described() {
        return described;
    }

    /** Data of processes. */
    public Path data() {
        return path;
    }

    /** Output of processes. */
    Path logs() {
        return path.resolve("log");
    }

    /** A directory in it that is empty now. */
    Path fresh(String name) throws IOException {
        Path directory = path.resolve(name);
        FileTree.delete(directory);
        return Files.createDirectories(directory);
    }

    /** Copies the output of processes to {@code target}. */
    public void keepLogs(Path target) throws IOException {
        if (!Files.isDirectory(logs())) {
            return;
        }
        Files.createDirectories(target);
        try (Stream<Path> files = Files.list(logs())) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, target.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    @Override
    public void close() throws IOException {
        Directories.remove(path);
    }
}
