package io.lighterage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("replaces standard error")
class LighterTest {
    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

    @Test
    void anUnknownFlagIsWrongUsageInOneLineWithAHint() {
        assertThat(run("node", "--sppeed")).isEqualTo(2);
        assertThat(text()).hasLineCount(1).contains("--sppeed").contains("lighter node --help");
    }

    @Test
    void anUnknownCommandIsWrongUsage() {
        assertThat(run("sail")).isEqualTo(2);
        assertThat(text()).hasLineCount(1).contains("sail");
    }

    @Test
    void aWrongNumberOfNodesIsWrongUsage() {
        assertThat(run("demo", "--nodes", "0")).isEqualTo(2);
        assertThat(text()).hasLineCount(1).contains("--nodes: 0");
    }

    @Test
    void aWrongImageNameIsWrongUsage() {
        assertThat(run("demo", "UPPER/Case")).isEqualTo(2);
        assertThat(text()).hasLineCount(1).contains("UPPER/Case");
    }

    @Test
    void aFailureIsOneLineWithoutAStackTrace() {
        assertThat(run("status", "--node", "http://127.0.0.1:1")).isEqualTo(1);
        assertThat(text()).hasLineCount(1).contains("http://127.0.0.1:1");
    }

    @Test
    void anImageThatIsNoLayoutIsWrongUsageAndALayoutThatIsMissingAFailure() {
        assertThat(run("image", "build", "debian:12", "file")).isEqualTo(2);
        assertThat(text()).hasLineCount(1).contains("debian:12");
        errors.reset();
        assertThat(run("image", "build", "oci:/there/is/none:tag", "file")).isEqualTo(1);
        assertThat(text()).hasLineCount(1).contains("/there/is/none/index.json");
    }

    @Test
    void aRegistryThatAnEngineHasNoMirrorsForIsWrongUsage() {
        assertThat(run("setup", "docker", "--registry", "quay.io")).isEqualTo(2);
        assertThat(text()).hasLineCount(1).contains("docker.io only");
        errors.reset();
        assertThat(run("setup", "podman", "--registry", "../quay.io")).isEqualTo(2);
        assertThat(text()).hasLineCount(1).contains("../quay.io");
        errors.reset();
        assertThat(run("setup", "rkt")).isEqualTo(2);
        assertThat(text()).hasLineCount(1).contains("rkt");
    }

    @Test
    void aRootThatIsNotThereIsAFailure() {
        assertThat(run("setup", "docker", "--root", "/there/is/none")).isEqualTo(1);
        assertThat(text()).hasLineCount(1).contains("/there/is/none");
    }

    private int run(String... arguments) {
        PrintStream before = System.err;
        System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
        try {
            return Lighter.run(arguments);
        } finally {
            System.setErr(before);
        }
    }

    private String text() {
        return errors.toString(StandardCharsets.UTF_8).strip();
    }
}
