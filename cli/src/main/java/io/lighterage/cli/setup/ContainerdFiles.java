package io.lighterage.cli.setup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * containerd's {@code hosts.toml} for each registry, in the directory that {@code config_path} of its CRI plugin names.
 * Formats: docs/hosts.md and docs/cri/config.md of containerd.
 */
final class ContainerdFiles implements EngineFiles {
    private static final Path DIRECTORY = Path.of("/etc/containerd");
    private static final Pattern HOST_TABLE = Pattern.compile("(?m)^[ \\t]*\\[[ \\t]*host[ \\t]*[.\\]]");
    private static final Pattern CERTIFICATE = Pattern.compile(".*\\.(crt|cert|key)");
    private static final List<String> CAPABILITIES = List.of("pull", "resolve");

    @Override
    public Path directory() {
        return DIRECTORY;
    }

    @Override
    public String activation(List<Path> changed) {
        boolean hostsOnly = changed.stream().allMatch(path -> path.endsWith("hosts.toml"));
        return hostsOnly
                ? "nothing, hosts.toml is read at each pull"
                : "systemctl restart containerd (containers keep running)";
    }

    @Override
    public void checkConfiguration(Path path, String text) {
        Toml.parse(path, text);
    }

    @Override
    public void add(Draft draft, String registry, MirrorPlace mirror) {
        mirror.certificate(draft); // a file that cannot be used is told now, and not by each pull
        List<Path> roots = ContainerdConfig.read(draft).hostDirectories();
        Path directory = directory(draft, roots, registry);
        Path hosts = directory.resolve("hosts.toml");
        Optional<String> existing = draft.read(hosts);
        if (existing.isEmpty() && draft.list(directory).stream().anyMatch(ContainerdFiles::isCertificate)) {
            throw new SetupException(directory + ": has certificates, which containerd uses only as long as there is no"
                    + " hosts.toml; write one that names them (ca = ..., client = ...) first");
        }
        Path shadowed = directory.resolveSibling("_default").resolve("hosts.toml");
        if (existing.isEmpty() && draft.read(shadowed).isPresent()) {
            existing = draft.read(shadowed);
            draft.note(hosts + ": begins as a copy of " + shadowed + ", which no longer holds for " + registry);
        }
        String text = existing.orElse("");
        ObjectNode root = Toml.parse(draft.read(hosts).isPresent() ? hosts : shadowed, text);
        if (knows(hosts, root, mirror)) {
            return;
        }
        Edit edit = withMirror(hosts, text, root, mirror);
        if (draft.read(hosts).isPresent()) {
            draft.edit(hosts, edit);
        } else {
            draft.replace(hosts, edit.apply(text));
        }
    }

    @Override
    public void addLazy(Draft draft, Path socket) {
        ContainerdLazy.add(draft, socket);
    }

    private static boolean isCertificate(Path file) {
        return CERTIFICATE.matcher(file.toString()).matches();
    }

    /** Where containerd looks for a registry first; it takes the first root that has a directory for it. */
    private static Path directory(Draft draft, List<Path> roots, String registry) {
        int colon = registry.lastIndexOf(':');
        List<String> names = colon < 0 || registry.endsWith("]")
                ? List.of(registry)
                : List.of(registry.substring(0, colon) + "_" + registry.substring(colon + 1) + "_", registry);
        for (Path root : roots) {
            Optional<Path> found =
                    names.stream().map(root::resolve).filter(draft::isDirectory).findFirst();
            if (found.isPresent()) {
                return found.get();
            }
            if (draft.isDirectory(root.resolve("_default"))) {
                return root.resolve(registry);
            }
        }
        return roots.getFirst().resolve(registry);
    }

    private static boolean knows(Path hosts, ObjectNode root, MirrorPlace mirror) {
        JsonNode table = Stream.of(mirror.url(), mirror.url() + "/")
                .map(root.path("host")::path)
                .filter(JsonNode::isObject)
                .findFirst()
                .orElse(Toml.NOTHING);
        if (!table.isObject()) {
            return false;
        }
        JsonNode capabilities = table.path("capabilities");
        List<String> named = capabilities.valueStream().map(JsonNode::asText).toList();
        if (!capabilities.isMissingNode() && !named.containsAll(CAPABILITIES)) {
            throw new SetupException(
                    hosts + ": has this mirror with the capabilities " + named + "; it needs " + CAPABILITIES);
        }
        String authority = mirror.authority().map(Path::toString).orElse("");
        if (!authority.isEmpty() && !table.path("ca").toString().contains(Toml.quoted(authority))) {
            throw new SetupException(
                    hosts + ": has this mirror without ca = " + Toml.quoted(authority) + "; add it there");
        }
        return true;
    }

    /** The mirror before all other hosts, because they are tried in order. */
    private static Edit withMirror(Path hosts, String text, ObjectNode root, MirrorPlace mirror) {
        Optional<String> authority = mirror.authority().map(Path::toString);
        String table = "[host.%s]\n  capabilities = [\"pull\", \"resolve\"]\n".formatted(Toml.quoted(mirror.url()))
                + authority.map(file -> "  ca = " + Toml.quoted(file) + "\n").orElse("");
        String first = (table + "\n").replace("\n", Toml.newline(text));
        ObjectNode expected = root.deepCopy();
        ObjectNode all = expected.path("host") instanceof ObjectNode there ? there : expected.putObject("host");
        ObjectNode ours = all.putObject(mirror.url());
        CAPABILITIES.forEach(ours.putArray("capabilities")::add);
        authority.ifPresent(file -> ours.put("ca", file));
        List<Edit> candidates = Stream.concat(
                        HOST_TABLE.matcher(text).results().map(found -> Edit.insertion(found.start(), first)),
                        Stream.of(Toml.appended(text, table)))
                .toList();
        return Toml.choose(
                text,
                candidates,
                after -> after.equals(expected) && after.path("host").fieldNames().next().equals(mirror.url()),
                new SetupException(hosts + ": has a form that is not extended; add before its other hosts: "
                        + table.strip().replaceAll("\\s+", " ")));
    }
}
