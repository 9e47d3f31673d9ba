package io.lighterage.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.lighterage.blockdev.mount.LazyConfig;
import io.lighterage.blockdev.nbd.NbdAddress;
import io.lighterage.blockdev.snapshotter.SnapshotterConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ConfigurationTest {
    @TempDir
    private Path directory;

    @Test
    void aNodeOfFlagsAloneHasTheDocumentedDefaults() {
        NodeConfig config = node("--data", "/d", "--supernode", "http://10.0.0.1:8100/");

        assertThat(config)
                .isEqualTo(new NodeConfig(
                        Path.of("/d"),
                        URI.create("http://10.0.0.1:8100"),
                        new HostPort("127.0.0.1", 8102),
                        new HostPort("0.0.0.0", 8103),
                        Optional.empty(),
                        "",
                        "",
                        Map.of(),
                        Optional.empty(),
                        Optional.empty(),
                        0,
                        LazyConfig.DEFAULT,
                        Optional.empty(),
                        AccessSettings.node()));
    }

    @Test
    void aNodeIsToldHowToPullMountedImagesAndWhereToServeThem() {
        String[] flags = {
            "--data", "/d", "--supernode", "http://a:8100", "--prefetch-delay", "0", "--prefetch-limit", "5M",
            "--read-deadline", "3", "--nbd", "unix:/run/nbd.sock", "--snapshotter", "/run/s.sock", "--lazy-wait", "7"
        };

        NodeConfig config = node(flags);

        assertThat(config.lazy().pullDelay()).isZero();
        assertThat(config.lazy().pullRate()).isEqualTo(5_000_000);
        assertThat(config.lazy().readDeadline()).isEqualTo(Duration.ofSeconds(3));
        assertThat(config.nbd()).contains(new NbdAddress.Unix(Path.of("/run/nbd.sock")));
        assertThat(config.snapshotter())
                .contains(new SnapshotterConfig(Path.of("/run/s.sock"), Duration.ofSeconds(7)));
    }

    @Test
    void aSupernodeOfFlagsAloneHasTheDocumentedDefaults() {
        SupernodeConfig config = supernode("--data", "/d", "--upstream", "localhost:5000=http://10.0.0.9:5000");

        assertThat(config.http()).isEqualTo(new HostPort("0.0.0.0", 8100));
        assertThat(config.exchange()).isEqualTo(new HostPort("0.0.0.0", 8101));
        assertThat(config.upstreams())
                .containsExactly(Map.entry("localhost:5000", List.of(URI.create("http://10.0.0.9:5000"))));
    }

    @Test
    void theMirrorIsToldHowLongTagsHoldAndWhichPushesPass() {
        SupernodeConfig config = supernode(
                "--data", "/d", "--tag-lifetime", "5", "--stale-limit", "0",
                "--push-through", "quay.io,localhost:5000");

        assertThat(config.tags())
                .isEqualTo(new MirrorSettings(
                        Set.of("quay.io", "localhost:5000"), Duration.ofSeconds(5), Duration.ZERO));
    }

    @Test
    void flagsWinOverTheFileKeyByKey() throws IOException {
        Path file = file("""
                data: /var/lib/lighterage
                supernode: http://a:8100
                mirror: "[::1]:9000"
                rack: 7
                upload-limit: 20M
                upstream:
                  docker.io: https://mirror.example,https://hub.example/
                  quay.io: https://quay.example
                """);

        NodeConfig config = node(
                "--config", file.toString(), "--supernode", "http://b:8100", "--upstream", "quay.io=http://c:5000");

        assertThat(config.data()).isEqualTo(Path.of("/var/lib/lighterage"));
        assertThat(config.supernode()).isEqualTo(URI.create("http://b:8100"));
        assertThat(config.mirror()).isEqualTo(new HostPort("::1", 9000));
        assertThat(config.rack()).isEqualTo("7");
        assertThat(config.uploadLimit()).isEqualTo(20_000_000);
        assertThat(config.upstreams())
                .containsOnly(
                        Map.entry("docker.io",
                                List.of(URI.create("https://mirror.example"), URI.create("https://hub.example"))),
                        Map.entry("quay.io", List.of(URI.create("http://c:5000"))));
    }

    @Test
    void anEmptyFileSaysNothing() throws IOException {
        Path file = file("# all defaults\n");

        assertThat(supernode("--config", file.toString(), "--data", "/d").data()).isEqualTo(Path.of("/d"));
    }

    @Test
    void errorsInAFileNameTheFileAndTheKey() throws IOException {
        assertRefused("supernod: x", "unknown key \"supernod\"");
        assertRefused("data: [a, b]", "data: expected one value, not a list");
        assertRefused("data:", "data: expected one value, not nothing");
        assertRefused("upstream: x", "upstream: expected a map");
        assertRefused("upstream: {a: {b: c}}", "upstream.a: expected one value, not a map");
        assertRefused("data: /d\nsupernode: gopher://x", "supernode: \"gopher://x\" is not a URL");
        assertRefused("data: /d\nsupernode: http://x\nmirror: 8102", "mirror: \"8102\" is not HOST:PORT");
        assertRefused("- a", "expected a map of settings");
        assertRefused("data: a\ndata: b", "line 2");
        assertRefused("data: \"a", "line 1");
    }

    @Test
    void aFileThatIsNotThereIsNamed() {
        Path missing = directory.resolve("nowhere.yaml");

        assertThatExceptionOfType(InvalidSettingException.class)
                .isThrownBy(() -> node("--config", missing.toString()))
                .withMessage(missing + ": no such file")
                .matches(e -> !e.isFlag());
    }

    @Test
    void aWrongFlagIsWrongUsageAndNamed() {
        assertWrongFlag("--mirror", "nonsense");
        assertWrongFlag("--exchange", "host:99999");
        assertWrongFlag("--supernode", "10.0.0.1:8100");
        assertWrongFlag("--rack", "a b");
        assertWrongFlag("--advertise", "a:80");
        assertWrongFlag("--upload-limit", "fast");
        assertWrongFlag("--prefetch-limit", "fast");
        assertWrongFlag("--prefetch-delay", "-1");
        assertWrongFlag("--read-deadline", "0");
        assertWrongFlag("--nbd", "nowhere");
        assertWrongFlag("--snapshotter", "/run/" + "long".repeat(30));
        assertWrongFlag("--lazy-wait", "0");
        assertWrongFlag("--upstream", "no-url");
        assertWrongFlag("--upstream", "docker.io=nonsense");
    }

    @Test
    void aMissingDirectoryIsWrongUsage() {
        assertThatExceptionOfType(InvalidSettingException.class)
                .isThrownBy(() -> supernode())
                .withMessageStartingWith("--data is missing")
                .matches(InvalidSettingException::isFlag);
    }

    private void assertRefused(String yaml, String why) throws IOException {
        Path file = file(yaml);
        assertThatExceptionOfType(InvalidSettingException.class)
                .as(yaml)
                .isThrownBy(() -> node("--config", file.toString()))
                .withMessageContaining(file.toString())
                .withMessageContaining(why)
                .matches(e -> !e.isFlag());
    }

    private static void assertWrongFlag(String flag, String value) {
        assertThatExceptionOfType(InvalidSettingException.class)
                .as(flag)
                .isThrownBy(() -> node("--data", "/d", "--supernode", "http://a", flag, value))
                .withMessageContaining(flag)
                .matches(InvalidSettingException::isFlag);
    }

    private Path file(String yaml) throws IOException {
        return Files.writeString(directory.resolve("lighter.yaml"), yaml);
    }

    private static NodeConfig node(String... flags) {
        NodeCommand command = new NodeCommand();
        new CommandLine(command).setOverwrittenOptionsAllowed(true).parseArgs(flags);
        return command.configuration();
    }

    private static SupernodeConfig supernode(String... flags) {
        SupernodeCommand command = new SupernodeCommand();
        new CommandLine(command).parseArgs(flags);
        return command.configuration();
    }
}
