package io.lighterage.bench.masspull;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process that takes part. It is killed by the kernel when the thread that started it ends, so none outlives this
 * JVM.
 */
final class Program implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Program.class);
    private static final long KILL_SECONDS = 10;
    private static final int LAST_LINES = 3;

    private final String name;
    private final Process process;
    private final Path log;

    private Program(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /**
     * Starts one.
     *
     * @param place whose network it is in
     * @param log where its output goes
     */
    static Program start(String name, Place place, Path log, List<String> command)
            throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", "--"));
        all.addAll(command);
        Process process = place.call(() -> new ProcessBuilder(all)
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start());
        return new Program(name, process, log);
    }

    /** The same whose output is read by the caller. */
    static Program piped(String name, Place place, List<String> command) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", "--"));
        all.addAll(command);
        return new Program(name, place.call(() -> new ProcessBuilder(all)
                .redirectErrorStream(true).redirectInput(new File("/dev/null")).start()), Path.of("/dev/null"));
    }

    BufferedReader output() {
        return process.inputReader();
    }

    String name() {
        return name;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    Path log() {
        return log;
    }

    /** User and system time of all its threads so far; 0 once it has ended. */
    double cpuSeconds() {
        return process.toHandle().info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9;
    }

    /** The most memory that it had resident, in bytes; 0 once it has ended. */
    long peakBytes() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
            return lines.filter(l -> l.startsWith("VmHWM:")).findFirst()
                    .map(l -> Long.parseLong(l.replaceAll("\\D", "")) * 1024).orElse(0L);
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("{} has ended: {}", name, e.getMessage());
            return 0;
        }
    }

    /** Fails if it has ended, and says what it said last. */
    void requireAlive() throws IOException {
        if (!isAlive()) {
            throw new SceneException(name + " died: " + lastLines());
        }
    }

    private String lastLines() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join(" | ", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    }

    /** Kills it without a chance to tidy up; its data is of no use afterwards. */
    void kill() {
        process.destroyForcibly();
    }

    @Override
    public void close() {
        kill();
        boolean interrupted = Thread.interrupted();
        try {
            if (!process.waitFor(KILL_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("{} (process {}) did not end within {} s", name, process.pid(), KILL_SECONDS);
            }
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
