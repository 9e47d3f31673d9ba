package io.lighterage.bench.masspull;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Short commands of the system. */
final class Commands {
    private static final long DEADLINE_SECONDS = 30;

    private Commands() {}

    /** Where {@code tool} is on the PATH, or in the directories where administrators' tools are. */
    static Optional<Path> find(String tool) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("") + ":/usr/sbin:/sbin";
        for (String directory : path.split(":")) {
            Path file = Path.of(directory.isEmpty() ? "." : directory, tool);
            if (Files.isExecutable(file) && !Files.isDirectory(file)) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }

    /** Runs to its end; answers what it printed, errors included. */
    static String run(List<String> command, String input) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            try (OutputStream to = process.getOutputStream()) {
                to.write(input.getBytes(StandardCharsets.UTF_8));
            }
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
                throw new SceneException(String.join(" ", command) + " did not end within " + DEADLINE_SECONDS + " s");
            }
            if (process.exitValue() != 0) {
                throw new SceneException(String.join(" ", command) + ": " + output.strip());
            }
            return output;
        } finally {
            process.destroyForcibly();
        }
    }
}
