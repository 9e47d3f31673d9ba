package io.lighterage.cli.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.cli.HostPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UndoTest {
    private static final String DAEMON = "/etc/docker/daemon.json";
    private static final String HUB = "/etc/containerd/certs.d/docker.io/hosts.toml";

    @TempDir
    private Path root;

    private HostTree host;

    @BeforeEach
    void emptyHost() {
        host = new HostTree(root);
    }

    @Test
    void severalSetupsAreTakenBackTogether() throws IOException {
        host.with("/etc/containerd/config.toml", "version = 2\n")
                .with("/etc/containerd/certs.d/quay.io/hosts.toml", "# mine");
        Map<String, String> before = host.all();
        host.setup(Engine.containerd, "docker.io");
        host.setup(Engine.containerd, "quay.io", "ghcr.io:443");
        host.undo(Engine.containerd);
        assertThat(host.all()).isEqualTo(before);
        assertThat(host.undo(Engine.containerd).changes()).isEmpty();
    }

    @Test
    void whatOthersChangedElsewhereInTheFileStays() throws IOException {
        host.with(DAEMON, "{\n  \"a\": 1\n}\n").setup(Engine.docker, "docker.io");
        host.with(DAEMON, host.read(DAEMON).replace("\"a\": 1", "\"b\": 2,\n  \"a\": 1"));
        host.undo(Engine.docker);
        assertThat(host.read(DAEMON)).isEqualTo("{\n  \"b\": 2,\n  \"a\": 1\n}\n");
    }

    @Test
    void whatOthersChangedBetweenTwoSetupsStays() throws IOException {
        host.with(HUB, "# mine\n").setup(Engine.containerd, "docker.io");
        host.with(HUB, "# yours\n" + host.read(HUB));
        host.setup(Engine.containerd, HostPort.parse("127.0.0.1:9000"), "docker.io");
        assertThat(host.read(HUB)).contains("8102", "9000");
        host.undo(Engine.containerd);
        assertThat(host.read(HUB)).isEqualTo("# yours\n# mine\n");
    }

    @Test
    void linesAddedToAFileThatWasMadeStay() throws IOException {
        host.setup(Engine.containerd, "docker.io");
        host.with(HUB, host.read(HUB) + "[host.\"https://mine\"]\n");
        host.undo(Engine.containerd);
        assertThat(host.read(HUB)).isEqualTo("[host.\"https://mine\"]\n");
    }

    @Test
    void aChangeOfWhatWasPutInIsRefusedAndNothingIsTouched() throws IOException {
        host.with(DAEMON, "{\"a\": 1}").setup(Engine.docker, "docker.io");
        host.with(DAEMON, host.read(DAEMON).replace("8102\"]", "8102\", \"https://mine\"]"));
        Map<String, String> before = host.all();
        assertThatThrownBy(() -> host.undo(Engine.docker))
                .isInstanceOf(SetupException.class)
                .message()
                .contains(DAEMON, "changed since", "lighterage-setup.json");
        assertThat(host.all()).isEqualTo(before);
    }

    @Test
    void aFileThatWouldNotBeWellFormedAfterwardsIsRefused() throws IOException {
        host.with(DAEMON, "{\"a\": 1}").setup(Engine.docker, "docker.io");
        String broken = host.read(DAEMON).replace("{\"", "{\"b\": 2, \"").replace(" \"a\": 1", " \"a\": 1,\"c\": [");
        host.with(DAEMON, broken);
        assertThatThrownBy(() -> host.undo(Engine.docker))
                .isInstanceOf(SetupException.class)
                .message()
                .contains(DAEMON, "well-formed");
        assertThat(host.read(DAEMON)).isEqualTo(broken);
    }

    @Test
    void oneConflictKeepsAllFilesAsTheyAre() throws IOException {
        host.setup(Engine.containerd, "docker.io", "quay.io");
        host.with(HUB, "[host.\"http://127.0.0.1:8102\"]\n");
        Map<String, String> before = host.all();
        assertThatThrownBy(() -> host.undo(Engine.containerd))
                .isInstanceOf(SetupException.class)
                .hasMessageContaining(HUB);
        assertThat(host.all()).isEqualTo(before);
    }

    @Test
    void aFileThatOthersRemovedStaysAway() throws IOException {
        host.with(DAEMON, "{}").setup(Engine.docker, "docker.io");
        host.remove(DAEMON);
        assertThat(host.undo(Engine.docker).notes()).singleElement().asString().contains(DAEMON);
        assertThat(host.all()).containsOnlyKeys("/", "/etc", "/etc/docker");
    }

    @Test
    void directoriesInWhichOthersPutThingsStay() throws IOException {
        host.setup(Engine.containerd, "docker.io");
        host.with("/etc/containerd/certs.d/quay.io/hosts.toml", "");
        host.undo(Engine.containerd);
        assertThat(host.all()).containsOnlyKeys(
                "/", "/etc", "/etc/containerd", "/etc/containerd/certs.d", "/etc/containerd/certs.d/quay.io",
                "/etc/containerd/certs.d/quay.io/hosts.toml");
    }

    @Test
    void aRecordOfAnotherFormatIsNotGuessedAt() {
        host.with("/etc/docker/lighterage-setup.json", "{\"format\": \"lighterage setup 9\"}");
        assertThatThrownBy(() -> host.undo(Engine.docker))
                .message()
                .contains("lighterage-setup.json", "lighterage setup 1");
        host.with("/etc/docker/lighterage-setup.json", "{");
        assertThatThrownBy(() -> host.undo(Engine.docker)).message().contains("lighterage-setup.json:1:");
    }

    @Test
    void modeAndLinksOfAFileStay() throws IOException {
        host.with("/srv/docker.json", "{}");
        Path real = root.resolve("srv/docker.json");
        Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rw-r-----"));
        Files.createDirectories(root.resolve("etc/docker"));
        Path link = Files.createSymbolicLink(root.resolve("etc/docker/daemon.json"), Path.of("../../srv/docker.json"));
        host.setup(Engine.docker, "docker.io");
        assertThat(link).isSymbolicLink().content().contains("8102");
        assertThat(Files.getPosixFilePermissions(real)).isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
        host.undo(Engine.docker);
        assertThat(link).isSymbolicLink().hasContent("{}");
    }

    @Test
    void aLinkThatLeadsOutOfTheRootIsRefused(@TempDir Path outside) throws IOException {
        Files.writeString(outside.resolve("daemon.json"), "{}");
        Files.createDirectories(root.resolve("etc/docker"));
        Files.createSymbolicLink(root.resolve("etc/docker/daemon.json"), outside.resolve("daemon.json"));
        assertThatThrownBy(() -> host.setup(Engine.docker, "docker.io")).message().contains(DAEMON, "out of");
        assertThat(outside.resolve("daemon.json")).hasContent("{}");
    }

    @Test
    void aFileInTheWayOfADirectoryIsAnErrorAndNothingIsWritten() throws IOException {
        host.with("/etc/docker", "no directory");
        assertThatThrownBy(() -> host.setup(Engine.docker, "docker.io")).hasMessageContaining("/etc/docker");
        assertThat(host.all()).containsOnlyKeys("/", "/etc", "/etc/docker");
    }

    @Test
    void textThatIsNotUtf8IsRefused() throws IOException {
        Files.createDirectories(root.resolve("etc/docker"));
        Files.write(root.resolve("etc/docker/daemon.json"), new byte[] {'{', (byte) 0xff, '}'});
        assertThatThrownBy(() -> host.setup(Engine.docker, "docker.io")).hasMessage(DAEMON + ": not UTF-8 text");
    }
}
