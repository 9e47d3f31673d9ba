package io.lighterage.tests.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.tests.support.Await;
import io.lighterage.tests.support.CriClient;
import io.lighterage.tests.support.Daemon;
import io.lighterage.tests.support.DockerRegistry;
import io.lighterage.tests.support.HostRoot;
import io.lighterage.tests.support.Images;
import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.OciImage;
import io.lighterage.tests.support.Programs;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.Workspace;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Engines with nothing but the files of a host, to which {@code lighter setup} added the mirror. The registries exist
 * behind the mirror only, so what is pulled came through it.
 */
class EnginesAfterSetupTest {
    private static final String NAME = "library/cargo:1";
    private static final String OTHER = "registry.test";
    private static final Duration PULL = Duration.ofSeconds(60);
    private static final Duration START = Duration.ofSeconds(60);

    private static Workspace workspace;
    private static DockerRegistry registry;
    private static OciImage image;
    private static String mirror;

    @BeforeAll
    static void startNode() throws Exception {
        Requires.root();
        Requires.programs("docker-registry", "skopeo", "unshare");
        Requires.lighter();
        workspace = Workspace.create();
        registry = workspace.own(DockerRegistry.start(workspace.directory("registry")));
        image = Images.random(workspace, "cargo", 2, 64 << 10, 4);
        registry.push(image, NAME);
        Map<String, URI> upstreams = Map.of(OTHER, registry.url(), "docker.io", registry.url());
        LighterProcess supernode = LighterProcess.supernode(workspace, upstreams);
        mirror = LighterProcess.node(workspace, "node", supernode.http(), upstreams).http().getAuthority();
    }

    @AfterAll
    static void cleanUp() throws Exception {
        if (workspace != null) {
            workspace.close();
        }
    }

    @Test
    void containerdPullsForAKubeletOverCri() throws Exception {
        Requires.programs("containerd");
        Path directory = workspace.directory("c");
        String config = """
                version = 2
                root = "%1$s/root"
                state = "%1$s/state"
                [grpc]
                  address = "%1$s/socket"
                [plugins]
                  [plugins."io.containerd.grpc.v1.cri".cni]
                    conf_dir = "%1$s/cni"
                  [plugins."io.containerd.internal.v1.opt"]
                    path = "%1$s/opt"
                """.formatted(directory);
        HostRoot host = HostRoot.in(workspace.directory("containerd-host")).with("/etc/containerd/config.toml", config);
        assertThat(host.setup("containerd", "--mirror", mirror, "--registry", "docker.io", OTHER).orFail().out())
                .contains("made /etc/containerd/certs.d/docker.io/hosts.toml", "systemctl restart containerd");
        List<String> containerd = host.seenBy(List.of("containerd"));
        try (Daemon daemon = Daemon.start("containerd", directory.resolve("log"), Map.of(), containerd);
                CriClient kubelet = new CriClient(directory.resolve("socket"))) {
            daemon.awaitReady(() -> !kubelet.has("docker.io/" + NAME), START);
            String exact = OTHER + "/library/cargo@" + image.manifest();
            for (String name : List.of("docker.io/" + NAME, OTHER + "/" + NAME, exact)) {
                assertThat(kubelet.pull(name, PULL.toSeconds())).isEqualTo(imageId());
                assertThat(kubelet.has(name)).isTrue();
            }
            // Nobody listens at this mirror: containerd goes to the registry itself. It reads hosts.toml at each pull.
            host.setup("containerd", "--mirror", "127.0.0.1:1", "--registry", registry.address()).orFail();
            kubelet.pull(registry.address() + "/" + NAME, PULL.toSeconds());
            assertThat(kubelet.has(registry.address() + "/" + NAME)).isTrue();
        }
        host.setup("containerd", "--undo").orFail();
        assertThat(host.file("/etc/containerd")).isDirectoryNotContaining(file -> !file.endsWith("config.toml"));
        assertThat(host.file("/etc/containerd/config.toml")).hasContent(config);
    }

    @Test
    void containerdTakesTheSnapshotterThatIsWrittenIntoItsOwnDefaults() throws Exception {
        Requires.programs("containerd");
        String defaults = Programs.run(START, "containerd", "config", "default").orFail().out();
        HostRoot host =
                HostRoot.in(workspace.directory("lazy-host")).with("/etc/containerd/config.toml", defaults);
        host.setup("containerd", "--lazy", "--snapshotter", "/run/s").orFail();
        String taken = host.run(START, "containerd", "config", "dump").orFail().out();
        assertThat(taken).containsPattern("(?s)\\[proxy_plugins].*address = \"/run/s\"")
                .contains("disable_snapshot_annotations = false", "snapshotter = \"lighter\"");
        host.setup("containerd", "--undo").orFail();
        assertThat(host.file("/etc/containerd/config.toml")).hasContent(defaults);
        assertThat(host.setup("podman", "--lazy").status()).isEqualTo(2);
    }

    @Test
    void dockerPullsFromDockerHubAfterAReloadAndByTheMirrorsOwnName() throws Exception {
        Requires.programs("dockerd", "docker", "containerd");
        Path directory = workspace.directory("d");
        String socket = "unix://" + directory.resolve("socket");
        String config = """
                {
                  "hosts": ["%2$s"], "data-root": "%1$s/data", "exec-root": "%1$s/exec", "pidfile": "%1$s/pid",
                  "deprecated-key-path": "%1$s/key.json", "bridge": "none", "iptables": false, "ip6tables": false,
                  "exec-opts": ["native.cgroupdriver=cgroupfs"]
                }
                """.formatted(directory, socket);
        HostRoot host = HostRoot.in(workspace.directory("docker-host")).with("/etc/docker/daemon.json", config);
        List<String> docker = List.of("docker", "--config", directory.resolve("client").toString(), "--host", socket);
        List<String> dockerd = host.seenBy(List.of("dockerd"));
        try (Daemon daemon = Daemon.start("dockerd", directory.resolve("log"), Map.of(), dockerd)) {
            daemon.awaitReady(() -> docker(docker, "version").status() == 0, START);
            host.setup("docker", "--mirror", mirror).orFail();
            Programs.run(Duration.ofSeconds(5), "kill", "-HUP", Long.toString(daemon.pid())).orFail();
            Await.until(
                    () -> docker(docker, "info", "--format", "{{.RegistryConfig.Mirrors}}").out().contains(mirror),
                    Duration.ofSeconds(20),
                    () -> "the mirror was not taken:\n" + daemon.log());
            docker(docker, "pull", NAME).orFail();
            docker(docker, "pull", mirror.replace("127.0.0.1", "localhost") + "/" + OTHER + "/" + NAME).orFail();
            assertThat(docker(docker, "image", "inspect", "--format", "{{.Id}}", NAME).orFail().out().strip())
                    .isEqualTo(imageId());
        }
        host.setup("docker", "--undo").orFail();
        assertThat(host.file("/etc/docker")).isDirectoryNotContaining(file -> !file.endsWith("daemon.json"));
        assertThat(host.file("/etc/docker/daemon.json")).hasContent(config);
    }

    private static Programs.Result docker(List<String> docker, String... arguments) throws Exception {
        return Programs.run(PULL, Map.of(), concat(docker, List.of(arguments)));
    }

    @Test
    void podmanAndSkopeoPullWithTheFilesOfTheHost() throws Exception {
        Requires.programs("podman", "runc");
        Path directory = workspace.directory("p");
        HostRoot host = HostRoot.in(workspace.directory("podman-host"))
                .with("/etc/containers/policy.json", "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}")
                .with("/etc/containers/registries.conf", """
                        unqualified-search-registries = ["docker.io"]
                        [[registry]]
                        prefix = "%s"
                        location = "registry.internal.test"
                        """.formatted(OTHER));
        host.setup("podman", "--mirror", mirror, "--registry", "docker.io", OTHER).orFail();
        List<String> podman = List.of(
                "podman",
                "--root", directory.resolve("root").toString(),
                "--runroot", directory.resolve("run").toString(),
                "--tmpdir", directory.resolve("tmp").toString(),
                "--storage-driver=overlay", "--cgroup-manager=cgroupfs",
                "--events-backend=file", "--runtime=" + Programs.find("runc").orElseThrow(), "pull", "--quiet");
        for (String name : List.of("cargo:1", OTHER + "/" + NAME)) {
            assertThat(host.run(PULL, concat(podman, List.of(name)).toArray(String[]::new)).orFail().out().strip())
                    .isEqualTo(image.blobs().getFirst().digest().hex());
        }
        Path target = Files.createDirectories(directory.resolve("copy"));
        host.run(PULL, "skopeo", "copy", "--quiet", "docker://" + OTHER + "/" + NAME, "dir:" + target).orFail();
        for (OciImage.Blob blob : image.blobs()) {
            assertThat(target.resolve(blob.digest().hex())).hasSize(blob.length());
        }
        host.setup("podman", "--undo").orFail();
        assertThat(host.file("/etc/containers")).isDirectoryNotContaining("glob:**lighterage*");
    }

    @Test
    void aHostThatMayNotBeWrittenIsAnErrorAndADryRunShowsWhatItWouldGet() throws Exception {
        HostRoot host = HostRoot.in(workspace.directory("read-only-host"));
        String directory = host.file("/").toString();
        String launcher = LighterProcess.launcher().orElseThrow().toString();
        String script = "mount --bind \"$2\" \"$2\" && mount -o remount,bind,ro \"$2\""
                + " && exec \"$1\" setup docker --root \"$2\"";
        Programs.Result refused = Programs.run(
                Duration.ofSeconds(60),
                Map.of("JAVA_HOME", System.getProperty("java.home"), "PATH", System.getenv("PATH")),
                List.of("unshare", "--mount", "sh", "-c", script, "sh", launcher, directory));
        assertThat(refused.status()).as(refused.err()).isEqualTo(1);
        assertThat(refused.err()).contains("/etc/docker/daemon.json").contains("run this as root");
        assertThat(host.setup("docker", "--dry-run").orFail().out())
                .contains("+++ /etc/docker/daemon.json", "+  \"registry-mirrors\"");
        assertThat(host.file("/etc/docker")).isEmptyDirectory();
    }

    private static String imageId() {
        return image.blobs().getFirst().digest().toString();
    }

    private static List<String> concat(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }
}
