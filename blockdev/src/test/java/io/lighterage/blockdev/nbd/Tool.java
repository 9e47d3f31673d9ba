package io.lighterage.blockdev.nbd;

import static org.junit.jupiter.api.Assertions.fail;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** NBD clients that are not ours. Where one is missing the test is skipped, or fails if {@value #STRICT} is 1. */
final class Tool {
    private static final String STRICT = "LIGHTERAGE_REQUIRE_ENGINES";
    private static final List<Path> DIRECTORIES = List.of(Path.of("/usr/bin"), Path.of("/bin"));

    /** What a program left. */
    record Result(int status, String out, String err) {}

    private Tool() {}

    private static Path find(String name) {
        Optional<Path> found = DIRECTORIES.stream().map(d -> d.resolve(name)).filter(Files::isExecutable).findFirst();
        if (found.isEmpty() && "1".equals(System.getenv(STRICT))) {
            fail("needs the program " + name + " (and " + STRICT + "=1 forbids skipping)");
        }
        Assumptions.assumeTrue(found.isPresent(), "needs the program " + name);
        return found.get();
    }

    /** Runs a program to its end, which must come within a minute. */
    static Result run(Path scratch, String name, String... arguments) throws Exception {
        Path out = Files.createTempFile(scratch, "out", null);
        Path err = Files.createTempFile(scratch, "err", null);
        ProcessBuilder builder = new ProcessBuilder(find(name).toString());
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
    static String good(Path scratch, String name, String... arguments) throws Exception {
        Result result = run(scratch, name, arguments);
        if (result.status != 0) {
            throw new AssertionError(
                    name + " " + List.of(arguments) + " ended with " + result.status + ":\n" + result.out + result.err);
        }
        return result.out;
    }

    private static String text(Path file) throws Exception {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
