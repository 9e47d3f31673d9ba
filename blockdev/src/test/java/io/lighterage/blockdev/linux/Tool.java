package io.lighterage.blockdev.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Programs of Debian packages. Where one is missing, {@link Host#need} skips or fails the test. */
public final class Tool {
    private static final List<Path> DIRECTORIES =
            List.of(Path.of("/usr/bin"), Path.of("/usr/sbin"), Path.of("/bin"), Path.of("/sbin"));

    /** What a program left. */
    public record Result(int status, String out, String err) {}

    private Tool() {}

    /** Whether there is such a program. */
    public static boolean isThere(String name) {
        return find(name).isPresent();
    }

    private static Optional<Path> find(String name) {
        return DIRECTORIES.stream().map(d -> d.resolve(name)).filter(Files::isExecutable).findFirst();
    }

    /** Runs a program to its end, which must come within a minute. */
    public static Result run(Path scratch, String name, String... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile(scratch, "out", null);
        Path err = Files.createTempFile(scratch, "err", null);
        Host.need(isThere(name), "needs the program " + name);
        ProcessBuilder builder = new ProcessBuilder(find(name).orElseThrow().toString());
        builder.command().addAll(List.of(arguments));
        Process process = builder.directory(scratch.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                throw new AssertionError(builder.command() + " did not end:\n" + text(out) + text(err));
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        return new Result(process.exitValue(), text(out), text(err));
    }

    /** The same, which must go well. */
    public static String good(Path scratch, String name, String... arguments) throws IOException, InterruptedException {
        Result result = run(scratch, name, arguments);
        if (result.status != 0) {
            throw new AssertionError(
                    name + " " + List.of(arguments) + " ended with " + result.status + ":\n" + result.out + result.err);
        }
        return result.out;
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
