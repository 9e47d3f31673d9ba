package io.lighterage.cli.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerdFilesTest {
    private static final String CONFIG = "/etc/containerd/config.toml";
    private static final String HUB = "/etc/containerd/certs.d/docker.io/hosts.toml";
    private static final String TABLE = "[host.\"http://127.0.0.1:8102\"]\n  capabilities = [\"pull\", \"resolve\"]\n";
    private static final String PATH_LINE = "config_path = \"/etc/containerd/certs.d\"";

    @TempDir
    private Path root;

    private HostTree host;

    @BeforeEach
    void emptyHost() {
        host = new HostTree(root);
    }

    @Test
    void aHostWithoutFilesGetsThem() throws IOException {
        host.setup(Engine.containerd, "docker.io");
        assertThat(host.read(HUB)).isEqualTo(TABLE);
        assertThat(host.read(CONFIG))
                .isEqualTo("version = 2\n\n[plugins.\"io.containerd.grpc.v1.cri\".registry]\n  " + PATH_LINE + "\n");
    }

    @Test
    void aFileOfCommentsOnlyKeepsThem() throws IOException {
        host.with(CONFIG, "# nothing yet").setup(Engine.containerd, "docker.io");
        assertThat(host.read(CONFIG)).startsWith("# nothing yet\n\nversion = 2\n").contains(PATH_LINE);
    }

    @Test
    void aConfigurationWithoutTheTableGetsItAtItsEnd() throws IOException {
        String before = "version = 2\n[plugins]\n"
                + "  [plugins.\"io.containerd.grpc.v1.cri\".cni]\n    bin_dir = \"/usr/lib/cni\"\n";
        host.with(CONFIG, before).setup(Engine.containerd, "docker.io");
        assertThat(host.read(CONFIG))
                .isEqualTo(before + "\n[plugins.\"io.containerd.grpc.v1.cri\".registry]\n  " + PATH_LINE + "\n");
    }

    @Test
    void anEmptyPathIsFilledWhereItStands() throws IOException {
        host.with(CONFIG, """
                version = 2
                [plugins."io.containerd.internal.v1.other"]
                  config_path = ""
                [plugins."io.containerd.grpc.v1.cri".registry]
                  config_path = "" # none
                  [plugins."io.containerd.grpc.v1.cri".registry.mirrors]
                """).setup(Engine.containerd, "docker.io");
        assertThat(host.read(CONFIG)).isEqualTo("""
                version = 2
                [plugins."io.containerd.internal.v1.other"]
                  config_path = ""
                [plugins."io.containerd.grpc.v1.cri".registry]
                  config_path = "/etc/containerd/certs.d" # none
                  [plugins."io.containerd.grpc.v1.cri".registry.mirrors]
                """);
    }

    @Test
    void aTableThatIsThereGetsALineWithTheFilesOwnEnds() throws IOException {
        host.with(CONFIG, "version = 2\r\n  [plugins.\"io.containerd.grpc.v1.cri\".registry]\r\n    headers = {}\r\n")
                .setup(Engine.containerd, "docker.io");
        assertThat(host.read(CONFIG)).contains("registry]\r\n    " + PATH_LINE + "\r\n    headers = {}\r\n");
    }

    @Test
    void eachVersionOfTheConfigurationHasItsOwnNameForThePlugin() throws IOException {
        host.with(CONFIG, "version = 3\n").setup(Engine.containerd, "docker.io");
        assertThat(host.read(CONFIG)).contains("[plugins.\"io.containerd.cri.v1.images\".registry]");
        host.undo(Engine.containerd);
        host.with(CONFIG, "[plugins.cri]\nsandbox_image = \"pause\"\n").setup(Engine.containerd, "docker.io");
        assertThat(host.read(CONFIG)).contains("[plugins.\"cri\".registry]");
    }

    @Test
    void thePathThatIsSetDecidesWhereHostsAreWritten() throws IOException {
        String config = "version = 2\n"
                + "[plugins.\"io.containerd.grpc.v1.cri\".registry]\nconfig_path = \"/srv/a:/srv/b\"\n";
        host.with(CONFIG, config).with("/srv/b/quay.io/hosts.toml", "server = \"https://quay.io\"\n");
        host.setup(Engine.containerd, "docker.io", "quay.io");
        assertThat(host.read("/srv/a/docker.io/hosts.toml")).isEqualTo(TABLE);
        assertThat(host.read("/srv/b/quay.io/hosts.toml")).isEqualTo("server = \"https://quay.io\"\n\n" + TABLE);
        assertThat(host.read(CONFIG)).isEqualTo(config);
    }

    @Test
    void aFileThatIsImportedDecidesIfItHasThePluginsTable() throws IOException {
        String main = "version = 2\nimports = [\"conf.d/*.toml\"]\n"
                + "[plugins.\"io.containerd.grpc.v1.cri\".registry]\nconfig_path = \"/lost\"\n";
        String imported = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\nbin_dir = \"/b\"\n";
        host.with(CONFIG, main)
                .with("/etc/containerd/conf.d/a.toml", imported)
                .with("/etc/containerd/conf.d/b.toml", "version = 2\noom_score = -5\n");
        host.setup(Engine.containerd, "docker.io");
        assertThat(host.read("/etc/containerd/conf.d/a.toml")).contains(PATH_LINE);
        assertThat(host.read("/etc/containerd/conf.d/b.toml")).doesNotContain(PATH_LINE);
        assertThat(host.read(CONFIG)).isEqualTo(main);
    }

    @Test
    void theMirrorComesBeforeHostsThatAreThere() throws IOException {
        String head = "server = \"https://registry-1.docker.io\"\n# ours\n";
        String other = "[host.\"https://other\"]\n  ca = \"/ca.crt\"\n";
        host.with(HUB, head + other).setup(Engine.containerd, "docker.io");
        assertThat(host.read(HUB)).isEqualTo(head + TABLE + "\n" + other);
    }

    @Test
    void aDirectoryWithThePortBetweenUnderscoresIsFound() throws IOException {
        host.with("/etc/containerd/certs.d/localhost_5000_/hosts.toml", "").setup(Engine.containerd, "localhost:5000");
        assertThat(host.read("/etc/containerd/certs.d/localhost_5000_/hosts.toml")).isEqualTo(TABLE);
    }

    @Test
    void whatHoldsForAllRegistriesIsTakenOver() throws IOException {
        host.with("/etc/containerd/certs.d/_default/hosts.toml", "[host.\"https://cache\"]\n");
        Setup.Plan plan = host.setup(Engine.containerd, "docker.io");
        assertThat(host.read(HUB)).isEqualTo(TABLE + "\n[host.\"https://cache\"]\n");
        assertThat(plan.notes()).anySatisfy(note -> assertThat(note).contains("_default").contains("docker.io"));
    }

    @Test
    void theSameAgainChangesNothing() throws IOException {
        host.setup(Engine.containerd, "docker.io", "quay.io");
        Map<String, String> once = host.all();
        assertThat(host.setup(Engine.containerd, "quay.io", "docker.io").changes()).isEmpty();
        assertThat(host.all()).isEqualTo(once);
    }

    @Test
    void whatContainerdWouldRefuseIsNotWritten() throws IOException {
        String registry = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".registry";
        refuses(CONFIG, registry + ".mirrors.\"docker.io\"]\nendpoint = [\"https://m\"]\n",
                CONFIG, "registry.mirrors");
        refuses(CONFIG, registry + ".configs.\"r\".tls]\nca_file = \"/f\"\n",
                CONFIG, "tls");
        host.remove(CONFIG);
        refuses("/etc/containerd/certs.d/docker.io/ca.crt", "PEM", "/etc/containerd/certs.d/docker.io", "ca = ...");
        Files.delete(root.resolve("etc/containerd/certs.d/docker.io/ca.crt"));
        refuses(HUB, "[host.\"http://127.0.0.1:8102\"]\ncapabilities = [\"push\"]\n", HUB, "[push]");
    }

    @Test
    void aFormThatCannotBeExtendedIsRefusedWithTheLineToAdd() {
        refuses(CONFIG, "version = 2\nplugins = { \"io.containerd.grpc.v1.cri\" = {} }\n", CONFIG, PATH_LINE);
        host.with(CONFIG, "");
        refuses(HUB, "host = { \"https://other\" = {} }\n", HUB, "[host.\"http://127.0.0.1:8102\"] capabilities");
    }

    @Test
    void malformedFilesAreRefusedWithThePlaceOfTheMistake() {
        refuses(CONFIG, "version = 2\n[plugins\n", CONFIG + ":2:");
        host.with(CONFIG, "");
        refuses(HUB, "server = \"https://\nx", HUB + ":1:");
    }

    private void refuses(String path, String text, String... expected) {
        try {
            host.with(path, text);
            Map<String, String> before = host.all();
            assertThatThrownBy(() -> host.setup(Engine.containerd, "docker.io"))
                    .isInstanceOf(SetupException.class)
                    .message()
                    .contains(expected);
            assertThat(host.all()).isEqualTo(before);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
