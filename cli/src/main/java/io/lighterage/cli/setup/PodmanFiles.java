package io.lighterage.cli.setup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The files of containers-registries.conf(5), read by podman, CRI-O, skopeo and buildah. Each registry gets a file of
 * its own in {@code registries.conf.d}. There a {@code [[registry]]} holds in the place of one with the same prefix in
 * an earlier file, so what that says is taken over.
 */
final class PodmanFiles implements EngineFiles {
    private static final Path DIRECTORY = Path.of("/etc/containers");
    private static final Path MAIN = DIRECTORY.resolve("registries.conf");
    private static final Path MORE = DIRECTORY.resolve("registries.conf.d");

    /** A {@code [[registry]]} and the file that it is in. */
    private record Entry(Path file, JsonNode table) {
        String prefix() {
            String prefix = table.path("prefix").asText();
            return (prefix.isEmpty() ? table.path("location").asText() : prefix).replaceFirst("/+$", "");
        }
    }

    @Override
    public Path directory() {
        return DIRECTORY;
    }

    @Override
    public String activation(List<Path> changed) {
        return "nothing for podman, buildah and skopeo; for CRI-O: systemctl reload crio";
    }

    @Override
    public void checkConfiguration(Path path, String text) {
        Toml.parse(path, text);
    }

    @Override
    public void add(Draft draft, String registry, MirrorPlace mirror) {
        mirror.trust(draft, DIRECTORY.resolve("certs.d"));
        String location = mirror + "/" + registry;
        Path ours = MORE.resolve("lighterage-" + registry + ".conf");
        Optional<Entry> current = Optional.empty();
        for (Entry entry : entries(draft, ours)) {
            if (entry.prefix().equals(registry)) {
                current = Optional.of(entry);
            } else if (entry.prefix().startsWith(registry + "/")) {
                draft.note(entry.file + ": [[registry]] " + entry.prefix()
                        + " is more exact; its images do not go to the mirror");
            } else if (entry.prefix().startsWith("*.") && registry.endsWith(entry.prefix().substring(1))) {
                throw new SetupException(entry.file + ": [[registry]] " + entry.prefix() + " holds for " + registry
                        + "; add the mirror there: [[registry.mirror]] location = " + Toml.quoted(location)
                        + (mirror.https() ? "" : ", insecure = true"));
            }
        }
        for (JsonNode known : current.map(entry -> entry.table.path("mirror")).orElse(Toml.NOTHING)) {
            if (known.path("location").asText().equals(location)) {
                return;
            }
        }
        if (current.isPresent() && current.get().file.compareTo(ours) > 0 && !current.get().file.equals(MAIN)) {
            throw new SetupException(current.get().file + ": comes after " + ours.getFileName()
                    + " and has a [[registry]] " + registry
                    + "; rename it so that it comes before, or add the mirror there");
        }
        draft.replace(ours, text(
                registry,
                "location = " + Toml.quoted(location) + (mirror.https() ? "\n" : "\ninsecure = true\n"),
                current.filter(entry -> !entry.file.equals(ours)),
                current));
    }

    /** All tables in the order in which they are read, ours as the draft has it. */
    private static List<Entry> entries(Draft draft, Path ours) {
        TreeSet<Path> files = new TreeSet<>(draft.list(MORE));
        files.add(ours);
        List<Path> order = new ArrayList<>(List.of(MAIN));
        files.stream().filter(file -> file.toString().endsWith(".conf")).forEach(order::add);
        List<Entry> entries = new ArrayList<>();
        for (Path file : order) {
            ObjectNode root = Toml.parse(file, draft.read(file).orElse(""));
            if (!root.path("registries").isEmpty()) {
                throw new SetupException(file + ": has [registries...] tables, version 1 of the format;"
                        + " turn them into [[registry]] tables first, see containers-registries.conf(5)");
            }
            root.path("registry").forEach(table -> entries.add(new Entry(file, table)));
        }
        return entries;
    }

    private static String text(String registry, String mirrorKeys, Optional<Entry> replaced, Optional<Entry> current) {
        StringBuilder text = new StringBuilder("# Made by `lighter setup podman`, which takes it back with --undo.\n");
        replaced.ifPresent(entry -> text.append("# Holds in the place of [[registry]] ")
                .append(registry)
                .append(" in ")
                .append(entry.file)
                .append(".\n"));
        text.append("[[registry]]\n");
        text.append("prefix = ").append(Toml.quoted(registry)).append('\n');
        if (current.isEmpty() || current.get().table.path("location").isMissingNode()) {
            text.append("location = ").append(Toml.quoted(registry)).append('\n');
        }
        current.ifPresent(entry -> copy(text, entry, List.of("prefix", "mirror")));
        text.append("\n[[registry.mirror]]\n");
        text.append(mirrorKeys);
        current.ifPresent(entry -> entry.table.path("mirror").forEach(mirror -> {
            text.append("\n[[registry.mirror]]\n");
            copy(text, new Entry(entry.file, mirror), List.of());
        }));
        return text.toString();
    }

    private static void copy(StringBuilder text, Entry entry, List<String> without) {
        for (Map.Entry<String, JsonNode> field : entry.table.properties()) {
            JsonNode value = field.getValue();
            if (without.contains(field.getKey())) {
                continue;
            }
            if (!value.isTextual() && !value.isBoolean()) {
                throw new SetupException(
                        entry.file + ": " + field.getKey() + " in [[registry]] is neither a string nor true or false");
            }
            text.append(field.getKey()).append(" = ");
            text.append(value.isTextual() ? Toml.quoted(value.asText()) : value.asText()).append('\n');
        }
    }
}
