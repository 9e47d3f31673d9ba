package io.lighterage.cli.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerdLazyTest {
    private static final String CONFIG = "/etc/containerd/config.toml";
    private static final Path SOCKET = Path.of("/run/lighterage/snapshotter.sock");
    private static final String PLUGIN =
            "[proxy_plugins.lighter]\n  type = \"snapshot\"\n  address = \"/run/lighterage/snapshotter.sock\"\n";

    @TempDir
    private Path root;

    private HostTree host;

    @BeforeEach
    void emptyHost() {
        host = new HostTree(root);
    }

    private Setup.Plan setup() throws IOException {
        return host.setupLazily(Engine.containerd, SOCKET, "docker.io");
    }

    @Test
    void aHostWithoutFilesGetsThePluginAndUsesItForPods() throws IOException {
        setup();
        assertThat(host.read(CONFIG)).startsWith("version = 2\n").contains(PLUGIN).endsWith("""
                [plugins."io.containerd.grpc.v1.cri".containerd]
                  disable_snapshot_annotations = false
                  snapshotter = "lighter"
                """);
        assertThat(setup().changes()).isEmpty();
    }

    @Test
    void whatTheFileSaysIsChangedWhereItStandsAndGivenBack() throws IOException {
        String before = """
                version = 2
                [plugins."io.containerd.grpc.v1.cri"]
                  sandbox_image = "pause:3.6"
                  [plugins."io.containerd.grpc.v1.cri".containerd]
                    disable_snapshot_annotations = true # as ever
                    snapshotter = "overlayfs"
                    [plugins."io.containerd.grpc.v1.cri".containerd.default_runtime]
                      snapshotter = ""
                [plugins."io.containerd.snapshotter.v1.overlayfs"]
                  root_path = ""
                """;
        Map<String, String> all = host.with(CONFIG, before).all();
        setup();
        assertThat(host.read(CONFIG)).startsWith(before
                        .replace("disable_snapshot_annotations = true", "disable_snapshot_annotations = false")
                        .replace("\"overlayfs\"\n", "\"lighter\"\n"))
                .contains(PLUGIN);
        host.undo(Engine.containerd);
        assertThat(host.all()).isEqualTo(all);
    }

    @Test
    void aFileOfContainerdTwoGetsTheKeysOfItsPluginForImages() throws IOException {
        host.with(CONFIG, "version = 3\n\n[plugins.'io.containerd.cri.v1.images']\n  snapshotter = 'overlayfs'\n");
        setup();
        assertThat(host.read(CONFIG)).startsWith("version = 3\n\n[plugins.'io.containerd.cri.v1.images']\n"
                + "  disable_snapshot_annotations = false\n  snapshotter = \"lighter\"\n");
    }

    @Test
    void anotherPluginOfThatNameIsAnErrorThatNamesIt() {
        host.with(CONFIG, "version = 2\n[proxy_plugins.lighter]\n  type = \"snapshot\"\n  address = \"/run/other\"\n");
        assertThatThrownBy(this::setup).isInstanceOf(SetupException.class).hasMessageContaining("/run/other");
    }

    @Test
    void otherEnginesHaveNoSnapshotters() {
        assertThatThrownBy(() -> host.setupLazily(Engine.docker, SOCKET, "docker.io"))
                .isInstanceOf(SetupException.class)
                .hasMessageContaining("snapshotters");
    }
}
