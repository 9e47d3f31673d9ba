package io.lighterage.bench.report;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The machine that a benchmark ran on. */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Machine(String cpu, int cores, long memoryBytes, String system, String java) {
    private static final Logger LOG = LoggerFactory.getLogger(Machine.class);
    private static final Path CPUS = Path.of("/proc/cpuinfo");
    private static final Path MEMORY = Path.of("/proc/meminfo");

    /** This machine. */
    public static Machine here() {
        return new Machine(
                field(CPUS, "model name"),
                Runtime.getRuntime().availableProcessors(),
                kilobytes(field(MEMORY, "MemTotal")) * 1024,
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
    }

    private static String field(Path file, String name) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(l -> l.startsWith(name)).findFirst().map(l -> l.substring(l.indexOf(':') + 1).trim())
                    .orElse("");
        } catch (IOException e) {
            LOG.debug("{} tells nothing of this machine: {}", file, e.getMessage());
            return "";
        }
    }

    private static long kilobytes(String text) {
        String digits = text.replaceAll("\\D", "");
        return digits.isEmpty() ? 0 : Long.parseLong(digits);
    }
}
