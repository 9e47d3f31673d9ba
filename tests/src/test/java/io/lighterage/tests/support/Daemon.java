package io.lighterage.tests.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program that runs until it is told to end; its output goes to a file. Owned by one test. */
public final class Daemon implements AutoCloseable {
    private static final Duration END_DEADLINE = Duration.ofSeconds(20);

    private final String name;
    private final Path log;
    private final Process process;

    private Daemon(String name, Path log, Process process) {
        this.name = name;
        this.log = log;
        this.process = process;
    }

    /**
     * Starts a program.
     *
     * @param log gets standard output and standard error, appended
     */
    public static Daemon start(String name, Path log, Map<String, String> environment, List<String> command)
            throws IOException {
        Process process = Programs.prepare(command, environment)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        return new Daemon(name, log, process);
    }

    /** Returns once the condition holds; fails at once if the program ends before. */
    public void awaitReady(Await.Condition ready, Duration deadline) throws InterruptedException {
        Await.until(
                () -> {
                    if (!process.isAlive()) {
                        return true;
                    }
                    return ready.holds();
                },
                deadline,
                () -> name + " was not ready:\n" + log());
        if (!process.isAlive()) {
            throw new AssertionError(name + " ended with status " + process.exitValue() + ":\n" + log());
        }
    }

    /** Waits for the program to end by itself, and answers its status. */
    public int awaitEnd(Duration deadline) throws InterruptedException {
        if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError(name + " still ran after " + deadline + ":\n" + log());
        }
        return process.exitValue();
    }

    /** Everything that it has said so far. */
    public String log() {
        try {
            return Programs.text(log);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the log of " + name, e);
        }
    }

    /** The process's number. */
    public long pid() {
        return process.pid();
    }

    /** Ends it as {@code kill -9} does, and returns when it is gone. */
    public void killHard() throws InterruptedException {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly().waitFor();
        children.forEach(ProcessHandle::destroyForcibly);
    }

    /** Ends it alone as {@code kill -9} does, and returns when it is gone; what it started lives on. */
    public void killAlone() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Asks it to end, and kills it if it does not. */
    @Override
    public void close() throws InterruptedException {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroy();
        if (!process.waitFor(END_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly().waitFor();
        }
        children.forEach(ProcessHandle::destroyForcibly);
    }
}
