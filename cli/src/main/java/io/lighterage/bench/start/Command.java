package io.lighterage.bench.start;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs of this machine, run to their end or in the background. */
final class Command {
    private static final int SAID = 600;

    private Command() {}

    /**
     * Runs a program to its end.
     *
     * @return what it printed, standard error included
     * @throws IOException if it fails or takes longer than {@code deadline}; the message has the end of what it said
     */
    static String run(Duration deadline, String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("lighterage-command", null);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(output.toFile())
                    .start();
            try {
                if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new IOException(name(command) + " took longer than " + deadline.toSeconds() + " s");
                }
            } finally {
                process.destroyForcibly();
            }
            String said = Files.readString(output, StandardCharsets.ISO_8859_1);
            if (process.exitValue() != 0) {
                throw new IOException(name(command) + " failed with status " + process.exitValue() + ": "
                        + said.substring(Math.max(0, said.length() - SAID)).strip());
            }
            return said;
        } finally {
            Files.deleteIfExists(output);
        }
    }

    private static String name(String... command) {
        return String.join(" ", Arrays.asList(command).subList(0, Math.min(6, command.length)));
    }

    /**
     * Starts a program in the background, its output in a file. It has a session of its own: an interrupt from a terminal is for
     * us alone, and what serves mounts is ended after them.
     */
    static Process start(Path log, List<String> command) throws IOException {
        return new ProcessBuilder(join(List.of("setsid"), command.toArray(String[]::new)))
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(log.toFile())
                .start();
    }

    /** Ends a process that was started here, by force if it takes long. */
    static void end(Process process, Duration deadline) throws InterruptedException {
        process.destroy();
        if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly().waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** A command as one list. */
    static List<String> join(List<String> first, String... rest) {
        List<String> all = new ArrayList<>(first);
        all.addAll(List.of(rest));
        return all;
    }
}
