package io.lighterage.cli.setup;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lighterage.cli.HostPort;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Whatever valid files a host has: setup and undo leave them as they were, and setup adds the mirror and nothing else.
 */
class UndoPropertyTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TRIES = 50;

    @Property(tries = TRIES)
    void dockersFile(@ForAll("json") String daemon) throws IOException {
        JsonNode before = JSON.readTree(daemon);
        identity(Engine.docker, Map.of("/etc/docker/daemon.json", daemon), host -> {
            ObjectNode after = (ObjectNode) JSON.readTree(host.read("/etc/docker/daemon.json"));
            assertThat(after.remove("registry-mirrors").get(0).asText()).isEqualTo("http://127.0.0.1:8102");
            ObjectNode rest = before.deepCopy();
            rest.remove("registry-mirrors");
            assertThat(after).isEqualTo(rest);
        });
    }

    @Property(tries = TRIES)
    void containerdsFiles(@ForAll("config") String config, @ForAll("hosts") String hosts) throws IOException {
        Map<String, String> files = Map.of(
                "/etc/containerd/config.toml", config, "/etc/containerd/certs.d/docker.io/hosts.toml", hosts);
        identity(Engine.containerd, files, host -> {
            ObjectNode after = Toml.parse(Path.of("after"), host.read("/etc/containerd/certs.d/docker.io/hosts.toml"));
            assertThat(after.path("host").fieldNames().next()).isEqualTo("http://127.0.0.1:8102");
        });
    }

    @Property(tries = TRIES)
    void podmansFiles(@ForAll("registries") String main, @ForAll("registries") String dropIn) throws IOException {
        Map<String, String> files = Map.of(
                "/etc/containers/registries.conf", main, "/etc/containers/registries.conf.d/50-site.conf", dropIn);
        identity(Engine.podman, files, host -> {
            String ours = host.read("/etc/containers/registries.conf.d/lighterage-docker.io.conf");
            JsonNode registry = Toml.parse(Path.of("ours"), ours).path("registry").path(0);
            assertThat(registry.path("mirror").path(0).path("location").asText()).isEqualTo("127.0.0.1:8102/docker.io");
        });
    }

    private interface Check {
        void of(HostTree host) throws IOException;
    }

    private static void identity(Engine engine, Map<String, String> files, Check check) throws IOException {
        Path root = Files.createTempDirectory("setup");
        try {
            HostTree host = new HostTree(root);
            files.forEach(host::with);
            Map<String, String> before = host.all();
            host.setup(engine, "docker.io");
            check.of(host);
            assertThat(host.setup(engine, "docker.io").changes()).isEmpty();
            host.setup(engine, HostPort.parse("mirror:1"), "docker.io");
            host.undo(engine);
            assertThat(host.all()).isEqualTo(before);
        } finally {
            try (Stream<Path> paths = Files.walk(root)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    // --- files ---

    @Provide
    Arbitrary<String> json() {
        Arbitrary<String> keys = Arbitraries.strings().ofMaxLength(6);
        Arbitrary<Object> leaves = Arbitraries.oneOf(
                Arbitraries.strings().ofMaxLength(8).map(Object.class::cast),
                Arbitraries.integers().map(Object.class::cast),
                Arbitraries.of(true, false), Arbitraries.just(List.of()), Arbitraries.just(Map.of()));
        Arbitrary<Object> values = Arbitraries.lazyOf(
                () -> leaves,
                () -> leaves.list().ofMaxSize(3).map(Object.class::cast),
                () -> Arbitraries.maps(keys, leaves).ofMaxSize(3).map(Object.class::cast));
        Arbitrary<List<String>> mirrors = Arbitraries.of("https://a", "http://b:1/", "\u00fc").list().ofMaxSize(3);
        Arbitrary<Integer> forms = Arbitraries.integers().between(0, 3);
        return Combinators.combine(Arbitraries.maps(keys, values).ofMaxSize(4), mirrors.injectNull(0.4), forms)
                .as((map, known, form) -> {
                    ObjectNode root = JSON.valueToTree(map);
                    if (known != null) {
                        root.set("registry-mirrors", JSON.valueToTree(known));
                    }
                    return formed(root, form);
                });
    }

    private static String formed(JsonNode root, int form) {
        try {
            String compact = JSON.writeValueAsString(root);
            String pretty = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
            return switch (form) {
                case 0 -> compact;
                case 1 -> pretty + "\n";
                case 2 -> "\n\t" + pretty.replace("\n", "\r\n").replace("  ", "\t");
                default -> " " + compact + " ";
            };
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    @Provide
    Arbitrary<String> config() {
        String cri = "plugins.\"io.containerd.grpc.v1.cri\"";
        return document("version = 2", List.of(
                "oom_score = 5", "root = '/r'", "# config_path = \"\"", "[grpc]\n  address = \"/s\"",
                "[" + cri + "]\n  sandbox_image = 'p # [" + cri + ".registry]'",
                "[" + cri + ".cni]\n  bin_dir = \"/b\"",
                "[plugins.\"other.registry\"]\n  config_path = \"\"", "[" + cri + ".registry.headers]\n  a = [\"b\"]",
                "[debug]\n  level = \"\"\"\n[" + cri + ".registry]\n\"\"\""));
    }

    @Provide
    Arbitrary<String> hosts() {
        return document("# hosts", List.of(
                "server = \"https://registry-1.docker.io\"", "skip_verify = false", "[header]\n  x = ['[host.\"z\"]']",
                "[host.\"https://a\"]\n  capabilities = [\"pull\"]", "  [ host.\"https://b\" ] # b\n    ca = '/c'",
                "[host.\"https://c\".header]\n  y = \"1\""));
    }

    @Provide
    Arbitrary<String> registries() {
        return document("unqualified-search-registries = [\"docker.io\"]", List.of(
                "short-name-mode = \"enforcing\"", "# [[registry]]",
                "[aliases]\n\"debian\" = \"docker.io/library/debian\"",
                "[[registry]]\nprefix = \"docker.io\"\nlocation = \"hub.internal\\\"\\\\\"\nblocked = false",
                "[[registry]]\nlocation = \"quay.io\"\n[[registry.mirror]]\nlocation = \"m\"\ninsecure = true",
                "[[registry]]\nlocation = \"docker.io/library\""));
    }

    /** A document of some of the parts, keys before tables as they are listed, with the ends of lines of any system. */
    private static Arbitrary<String> document(String first, List<String> parts) {
        Arbitrary<List<Boolean>> chosen = Arbitraries.of(true, false).list().ofSize(parts.size());
        return Combinators.combine(chosen, Arbitraries.of("\n", "\r\n"), Arbitraries.of("", "\n", "\n\n", "\n# end"))
                .as((picks, line, end) -> {
                    StringBuilder text = new StringBuilder(first);
                    for (int i = 0; i < parts.size(); i++) {
                        text.append(picks.get(i) ? "\n" + parts.get(i) : "");
                    }
                    return text.append(end).toString().replace("\n", line);
                });
    }
}
