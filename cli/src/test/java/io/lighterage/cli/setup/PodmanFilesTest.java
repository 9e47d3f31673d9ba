package io.lighterage.cli.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodmanFilesTest {
    private static final String MAIN = "/etc/containers/registries.conf";
    private static final String OURS = "/etc/containers/registries.conf.d/lighterage-quay.io.conf";
    private static final String FRESH = """
            # Made by `lighter setup podman`, which takes it back with --undo.
            [[registry]]
            prefix = "quay.io"
            location = "quay.io"

            [[registry.mirror]]
            location = "127.0.0.1:8102/quay.io"
            insecure = true
            """;

    @TempDir
    private Path root;

    private HostTree host;

    @BeforeEach
    void emptyHost() {
        host = new HostTree(root);
    }

    @Test
    void eachRegistryGetsAFileOfItsOwn() throws IOException {
        host.with(MAIN, "unqualified-search-registries = [\"docker.io\"]\n");
        host.setup(Engine.podman, "quay.io", "docker.io");
        assertThat(host.read(OURS)).isEqualTo(FRESH);
        assertThat(host.all()).containsKey("/etc/containers/registries.conf.d/lighterage-docker.io.conf");
        assertThat(host.setup(Engine.podman, "docker.io", "quay.io").changes()).isEmpty();
    }

    @Test
    void whatAnEarlierFileSaysOfTheRegistryIsTakenOver() throws IOException {
        host.with(MAIN, "[[registry]]\nlocation = \"quay.io/\"\n").with("/etc/containers/registries.conf.d/10.conf", """
                [[registry]]
                prefix = "quay.io"
                location = "quay.internal"
                blocked = false
                mirror = [{ location = "cache.internal", pull-from-mirror = "digest-only" }]
                """);
        host.setup(Engine.podman, "quay.io");
        assertThat(host.read(OURS)).isEqualTo("""
                # Made by `lighter setup podman`, which takes it back with --undo.
                # Holds in the place of [[registry]] quay.io in /etc/containers/registries.conf.d/10.conf.
                [[registry]]
                prefix = "quay.io"
                location = "quay.internal"
                blocked = false

                [[registry.mirror]]
                location = "127.0.0.1:8102/quay.io"
                insecure = true

                [[registry.mirror]]
                location = "cache.internal"
                pull-from-mirror = "digest-only"
                """);
    }

    @Test
    void aMirrorThatSomebodyNamedAlreadyIsLeftAlone() throws IOException {
        host.with(MAIN, FRESH);
        assertThat(host.setup(Engine.podman, "quay.io").changes()).isEmpty();
    }

    @Test
    void aFileThatWouldOverruleOursIsNamed() {
        host.with("/etc/containers/registries.conf.d/zz.conf", "[[registry]]\nlocation = \"quay.io\"\n");
        assertThatThrownBy(() -> host.setup(Engine.podman, "quay.io")).message().contains("/zz.conf", "comes after");
    }

    @Test
    void formsThatCannotBeExtendedAreRefused() {
        host.with(MAIN, "[registries.search]\nregistries = [\"docker.io\"]\n");
        assertThatThrownBy(() -> host.setup(Engine.podman, "quay.io")).message().contains(MAIN, "version 1");
        host.with(MAIN, "[[registry]]\nprefix = \"*.example.com\"\n");
        assertThatThrownBy(() -> host.setup(Engine.podman, "r.example.com")).message().contains(MAIN, "*.example.com");
        host.with(MAIN, "# fine\n= 1\n");
        assertThatThrownBy(() -> host.setup(Engine.podman, "quay.io")).message().startsWith(MAIN + ":2:");
    }

    @Test
    void aMoreExactPrefixIsPointedOut() throws IOException {
        host.with(MAIN, "[[registry]]\nlocation = \"quay.io/team\"\n");
        assertThat(host.setup(Engine.podman, "quay.io").notes())
                .singleElement()
                .asString()
                .contains("quay.io/team", MAIN);
    }
}
