package io.lighterage.tests.support;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Runs programs to their end, from the directories in which Debian packages put them. */
public final class Programs {
    private static final List<Path> DIRECTORIES =
            List.of(Path.of("/usr/sbin"), Path.of("/usr/bin"), Path.of("/sbin"), Path.of("/bin"));

    private Programs() {}

    /** What a program left. */
    public record Result(List<String> command, int status, String out, String err) {
        /** This, if the status is 0; else an error with the command and all that it said. */
        public Result orFail() {
            if (status != 0) {
                throw new IllegalStateException(
                        String.join(" ", command) + " ended with status " + status + ":\n" + out + err);
            }
            return this;
        }
    }

    /** Where a program is, if it is there. */
    public static Optional<Path> find(String name) {
        return DIRECTORIES.stream().map(directory -> directory.resolve(name)).filter(Files::isExecutable).findFirst();
    }

    /** Whether this process is root's. */
    public static boolean isRoot() {
        try {
            return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
        } catch (IOException e) {
            throw new IllegalStateException("cannot read the owner of /proc/self", e);
        }
    }

    /** Prepares {@code command} to find programs of packages only, with {@code environment} added. */
    static ProcessBuilder prepare(List<String> command, Map<String, String> environment) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().put("PATH", String.join(":", DIRECTORIES.stream().map(Path::toString).toList()));
        builder.environment().putAll(environment);
        return builder;
    }

    /** Runs a command to its end; kills it at the deadline. */
    public static Result run(Duration deadline, String... command) throws IOException, InterruptedException {
        return run(deadline, Map.of(), List.of(command));
    }

    /** Runs a command to its end with {@code environment} added; kills it at the deadline. */
    public static Result run(Duration deadline, Map<String, String> environment, List<String> command)
            throws IOException, InterruptedException {
        Path out = Files.createTempFile("lighterage-out", null);
        Path err = Files.createTempFile("lighterage-err", null);
        try {
            Process process = prepare(command, environment)
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            try {
                if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new IllegalStateException(String.join(" ", command) + " did not end in " + deadline
                            + ":\n" + text(out) + text(err));
                }
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
            return new Result(command, process.exitValue(), text(out), text(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** All of a file that a program wrote, whatever its encoding. */
    static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
