package io.lighterage.cli.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HttpsMirrorTest {
    private static final String AUTHORITY = "/etc/lighterage/ca.pem";
    private static final String PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    private static final MirrorPlace MIRROR =
            new MirrorPlace(HostTree.MIRROR, true, Optional.of(Path.of(AUTHORITY)));

    @TempDir
    private Path root;

    private HostTree host;

    @BeforeEach
    void hostWithAuthority() {
        host = new HostTree(root).with(AUTHORITY, PEM);
    }

    @Test
    void containerdIsToldWhereTheAuthorityIs() throws IOException {
        host.setup(Engine.containerd, MIRROR, "quay.io");

        assertThat(host.all()).hasEntrySatisfying(
                "/etc/containerd/certs.d/quay.io/hosts.toml", text -> assertThat(text).contains("""
                        [host."https://127.0.0.1:8102"]
                          capabilities = ["pull", "resolve"]
                          ca = "/etc/lighterage/ca.pem"
                        """));
    }

    @Test
    void containerdsMirrorThatHasAnotherAuthorityIsNotTakenForOurs() {
        host.with("/etc/containerd/certs.d/quay.io/hosts.toml", """
                [host."https://127.0.0.1:8102"]
                  ca = "/etc/other.pem"
                """);

        assertThatThrownBy(() -> host.setup(Engine.containerd, MIRROR, "quay.io"))
                .isInstanceOf(SetupException.class)
                .hasMessageContaining("/etc/containerd/certs.d/quay.io/hosts.toml")
                .hasMessageContaining("without ca = \"/etc/lighterage/ca.pem\"");
    }

    @Test
    void dockerdGetsACopyOfTheAuthority() throws IOException {
        host.setup(Engine.docker, MIRROR, "docker.io");

        assertThat(host.read("/etc/docker/daemon.json")).contains("[\"https://127.0.0.1:8102\"]");
        assertThat(host.read("/etc/docker/certs.d/127.0.0.1:8102/lighterage.crt")).isEqualTo(PEM);
    }

    @Test
    void podmanGetsACopyOfTheAuthorityAndMustNotDoWithoutIt() throws IOException {
        host.setup(Engine.podman, MIRROR, "quay.io", "docker.io");

        assertThat(host.read("/etc/containers/registries.conf.d/lighterage-quay.io.conf"))
                .contains("location = \"127.0.0.1:8102/quay.io\"")
                .doesNotContain("insecure");
        assertThat(host.read("/etc/containers/certs.d/127.0.0.1:8102/lighterage.crt")).isEqualTo(PEM);
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void itIsDoneOnceAndTakenBack(Engine engine) throws IOException {
        Map<String, String> before = host.all();
        host.setup(engine, MIRROR, "docker.io");

        assertThat(host.setup(engine, MIRROR, "docker.io").changes()).isEmpty();
        host.undo(engine);

        assertThat(host.all()).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(Engine.class)
    void anAuthorityThatIsNotThereIsNamed(Engine engine) throws IOException {
        host.remove(AUTHORITY);
        Map<String, String> before = host.all();

        assertThatThrownBy(() -> host.setup(engine, MIRROR, "docker.io"))
                .isInstanceOf(SetupException.class)
                .hasMessageContaining(AUTHORITY);
        assertThat(host.all()).isEqualTo(before);
    }
}
