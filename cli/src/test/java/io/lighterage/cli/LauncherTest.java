package io.lighterage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the launcher in a repository of its own whose jars are up to date, with JDKs that only say who they are. */
class LauncherTest {
    @TempDir
    private Path directory;

    private Path launcher;
    private Path jdks;

    @BeforeEach
    void copyLauncher() throws IOException {
        Path target = Files.createDirectories(directory.resolve("repository/cli/target"));
        launcher = directory.resolve("repository/lighter");
        Files.copy(Path.of("..", "lighter"), launcher);
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createFile(target.resolve("lighter.jar"));
        Files.createFile(target.resolve(".trained"));
        Files.createFile(target.resolve(".built"));
        jdks = Files.createDirectories(directory.resolve("jvm"));
    }

    @Test
    void aJavaHomeOfAnotherVersionIsPassedOver() throws Exception {
        Path old = jdk(directory.resolve("old"), "17.0.19");
        jdk(jdks.resolve("jdk-21"), "21.0.1");
        jdk(jdks.resolve("jdk-25"), "25.0.3");

        Answer answer = run(launcher, old, "status", "--json");

        assertThat(answer.status()).isZero();
        assertThat(answer.text()).startsWith("java 25.0.3 ").endsWith("status --json\n");
    }

    @Test
    void aJavaHomeOfTheRightVersionComesFirst() throws Exception {
        Path home = jdk(directory.resolve("mine"), "25.0.9");
        jdk(jdks.resolve("jdk-25"), "25.0.3");

        assertThat(run(launcher, home, "--version").text()).startsWith("java 25.0.9 ");
    }

    @Test
    void itWorksThroughARelativeSymlink() throws Exception {
        jdk(jdks.resolve("jdk-25"), "25");
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("repository", "lighter"));

        assertThat(run(link, directory, "--version").text())
                .contains("-jar " + directory.toRealPath().resolve("repository/cli/target/lighter.jar"));
    }

    @Test
    void withoutAJdk25ItSaysSoAndHowToMendIt() throws Exception {
        jdk(jdks.resolve("jdk-21"), "21.0.1");

        Answer answer = run(launcher, directory, "node");

        assertThat(answer.status()).isEqualTo(1);
        assertThat(answer.text()).hasLineCount(1).contains("no JDK 25 found").contains("JAVA_HOME");
    }

    @Test
    void withoutMavenAStaleRepositorySaysSo() throws Exception {
        jdk(jdks.resolve("jdk-25"), "25");
        Files.delete(launcher.resolveSibling("cli/target/lighter.jar"));

        Answer answer = run(launcher, directory, "node");

        assertThat(answer.status()).isEqualTo(1);
        assertThat(answer.text()).hasLineCount(1).contains("mvn");
    }

    @Test
    void aTrainingThatWasBrokenOffIsDoneAgain() throws Exception {
        Path target = launcher.resolveSibling("cli/target");
        Files.delete(target.resolve(".trained"));
        Path home = jdk(jdks.resolve("jdk-25"), "25");
        Path java = home.resolve("bin/java");
        String answering = Files.readString(java);
        Files.writeString(java, "#!/bin/sh\ncase $* in *\" train\") kill -KILL $PPID ;; esac\n");
        assertThat(run(launcher, directory, "node").status()).isNotZero();

        Files.writeString(java, answering + "for a; do case $a in -XX:AOTCacheOutput=*) : >\"${a#*=}\";; esac; done\n");
        Answer answer = run(launcher, directory, "node");

        assertThat(answer.text()).contains("-XX:AOTCache=" + target.toRealPath().resolve("node.aot"));
        assertThat(target.resolve("training")).doesNotExist();
    }

    private record Answer(int status, String text) {}

    private Answer run(Path script, Path javaHome, String... arguments) throws IOException, InterruptedException {
        Path tools = directory.resolve("tools");
        if (Files.notExists(tools)) {
            Files.createDirectory(tools);
            for (String tool : List.of("sh", "dirname", "readlink", "grep", "find", "head", "mkdir", "touch", "mv",
                    "rm", "flock")) {
                Path real = Path.of("/usr/bin").resolve(tool);
                Files.createSymbolicLink(tools.resolve(tool), real);
            }
        }
        ProcessBuilder builder = new ProcessBuilder(script.toString());
        builder.command().addAll(List.of(arguments));
        builder.environment().clear();
        builder.environment().putAll(Map.of(
                "PATH", tools.toString(),
                "HOME", directory.toString(),
                "JAVA_HOME", javaHome.toString(),
                "LIGHTER_JVM_DIR", jdks.toString()));
        Process process = builder.redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return new Answer(process.exitValue(), text);
    }

    private static Path jdk(Path home, String version) throws IOException {
        Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\necho java " + version + " \"$@\"\n");
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"test\"\nJAVA_VERSION=\"" + version + "\"\n");
        return home;
    }
}
