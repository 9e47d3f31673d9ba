package io.lighterage.bench.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Programs of this machine: where they are, how they are started, and run to their end. */
public final class Commands {
    /** For what takes no time. */
    public static final Duration SHORT = Duration.ofSeconds(30);

    /**
     * The kernel kills what begins so when the thread that started it ends; a terminal's interrupts do not reach it.
     */
    private static final List<String> BOUND = List.of("setpriv", "--pdeathsig", "KILL", "--", "setsid");

    private static final Path NOTHING = Path.of("/dev/null");
    private static final int SAID = 600;
    private static final int NAMED = 6;

    private Commands() {}

    /** Where {@code tool} is on the PATH, or in the directories where administrators' tools are. */
    public static Optional<Path> find(String tool) {
        for (String directory : path().split(":")) {
            Path file = Path.of(directory.isEmpty() ? "." : directory, tool);
            if (Files.isExecutable(file) && !Files.isDirectory(file)) {
                return Optional.of(file);
            }
        }
        return Optional.empty();
    }

    private static String path() {
        return Optional.ofNullable(System.getenv("PATH")).orElse("") + ":/usr/sbin:/sbin";
    }

    /** A command as one list. */
    public static List<String> join(List<String> first, String... rest) {
        List<String> all = new ArrayList<>(first);
        all.addAll(List.of(rest));
        return all;
    }

    /** A command that is to be started by {@link Place#call}; its input is empty, and errors go where output goes. */
    static ProcessBuilder prepare(Place place, List<String> command) {
        List<String> all = new ArrayList<>(BOUND);
        all.addAll(place.entrance());
        all.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(all).redirectErrorStream(true).redirectInput(NOTHING.toFile());
        builder.environment().put("PATH", path());
        return builder;
    }

    /** Runs to its end what has no input. */
    public static String run(Place place, Duration deadline, String... command)
            throws IOException, InterruptedException {
        return run(place, deadline, List.of(command));
    }

    /** Runs to its end what has no input. */
    public static String run(Place place, Duration deadline, List<String> command)
            throws IOException, InterruptedException {
        return run(place, deadline, command, "");
    }

    /**
     * Runs a program to its end. It is killed if the place's thread ends; for {@link Place#HERE} that is the caller's,
     * which must be a platform thread.
     *
     * @return what it printed, standard error included
     * @throws IOException if it fails or takes longer than {@code deadline}; the message has the end of what it said
     */
    public static String run(Place place, Duration deadline, List<String> command, String input)
            throws IOException, InterruptedException {
        Path said = Files.createTempFile("lighterage-said", null);
        Path told = input.isEmpty() ? NOTHING : Files.createTempFile("lighterage-told", null);
        try {
            if (!input.isEmpty()) {
                Files.writeString(told, input);
            }
            Process process = place.call(() -> prepare(place, command)
                    .redirectInput(told.toFile()).redirectOutput(said.toFile()).start());
            try {
                if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new LabException(name(command) + " took longer than " + deadline.toSeconds() + " s");
                }
            } finally {
                process.destroyForcibly();
            }
            String output = Files.readString(said, StandardCharsets.ISO_8859_1);
            if (process.exitValue() != 0) {
                throw new LabException(name(command) + " failed with status " + process.exitValue() + ": "
                        + output.substring(Math.max(0, output.length() - SAID)).strip());
            }
            return output;
        } finally {
            Files.deleteIfExists(said);
            if (!input.isEmpty()) {
                Files.deleteIfExists(told);
            }
        }
    }

    private static String name(List<String> command) {
        return String.join(" ", command.subList(0, Math.min(NAMED, command.size())));
    }
}
