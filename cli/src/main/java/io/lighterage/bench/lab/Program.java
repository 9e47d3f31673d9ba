package io.lighterage.bench.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A program that runs while others do something. It is killed by the kernel when the thread that started it ends, so
 * none outlives this JVM.
 */
public final class Program implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Program.class);
    private static final long KILL_SECONDS = 10;
    private static final int SAID = 600;
    private static final Path NOWHERE = Path.of("/dev/null");

    private final String name;
    private final Process process;
    private final boolean waits;
    private final Path log;

    private Program(String name, Process process, boolean waits, Path log) {
        this.name = name;
        this.process = process;
        this.waits = waits;
        this.log = log;
    }

    /**
     * Starts one.
     *
     * @param name for messages
     * @param log what its output is appended to
     */
    public static Program start(String name, Place place, Path log, List<String> command)
            throws IOException, InterruptedException {
        return start(name, place, log, command, !place.entrance().isEmpty());
    }

    /** @param waits whether the process that is started forks one and waits for it, which is the program itself */
    static Program start(String name, Place place, Path log, List<String> command, boolean waits)
            throws IOException, InterruptedException {
        ProcessBuilder builder = Commands.prepare(place, command)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        return new Program(name, place.call(builder::start), waits, log);
    }

    /** Starts one whose output is read by the caller. */
    public static Program piped(String name, Place place, List<String> command)
            throws IOException, InterruptedException {
        ProcessBuilder builder = Commands.prepare(place, command);
        return new Program(name, place.call(builder::start), !place.entrance().isEmpty(), NOWHERE);
    }

    /** What it says, if it was started to be read; closed with it. */
    public BufferedReader output() {
        return process.inputReader(StandardCharsets.ISO_8859_1);
    }

    /** As it was named. */
    public String name() {
        return name;
    }

    /** Whether it runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Where its output is. */
    public Path log() {
        return log;
    }

    /** The program itself, where the process that was started waits for it, and ends when that has ended. */
    ProcessHandle itself() {
        ProcessHandle started = process.toHandle();
        return waits ? started.children().findFirst().orElse(started) : started;
    }

    /** User and system time of all its threads so far, in seconds; 0 once it has ended. */
    public double cpuSeconds() {
        return itself().info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9;
    }

    /** The most memory that it had resident, in bytes; 0 once it has ended. */
    public long peakBytes() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + itself().pid() + "/status"))) {
            return lines.filter(l -> l.startsWith("VmHWM:")).findFirst()
                    .map(l -> Long.parseLong(l.replaceAll("\\D", "")) * 1024).orElse(0L);
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("{} has ended: {}", name, e.getMessage());
            return 0;
        }
    }

    /** Fails if it has ended, and says what it said last. */
    public void requireAlive() throws IOException {
        if (!isAlive()) {
            throw new LabException(name + " died: " + said());
        }
    }

    /** The end of what its log has, on one line. */
    public String said() throws IOException {
        String all = Files.readString(log, StandardCharsets.ISO_8859_1);
        return all.substring(Math.max(0, all.length() - SAID)).strip().replace("\n", " | ");
    }

    /** Asks it to end, and kills it if it has not within {@code deadline}. */
    public void end(Duration deadline) throws InterruptedException {
        itself().destroy();
        if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
            close();
        }
    }

    /** Kills it without a chance to tidy up; its data is of no use afterwards. */
    public void kill() {
        itself().destroyForcibly();
    }

    @Override
    public void close() {
        kill();
        boolean interrupted = Thread.interrupted();
        try {
            if (!process.waitFor(KILL_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
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
