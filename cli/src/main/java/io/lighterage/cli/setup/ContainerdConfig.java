package io.lighterage.cli.setup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lighterage.peer.content.Quoted;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds, or sets, {@code config_path} of containerd's CRI plugin, without which it reads no {@code hosts.toml}. Of
 * several files that {@code imports} join, the last that has a plugin's table replaces all of that plugin's table.
 */
final class ContainerdConfig {
    private static final Path MAIN = Path.of("/etc/containerd/config.toml");
    private static final Path HOSTS = Path.of("/etc/containerd/certs.d");
    private static final int CURRENT_VERSION = 2;
    private static final Pattern WILDCARD = Pattern.compile("[*?\\[\\]{}\\\\]");
    private static final Pattern EMPTY_PATH = Pattern.compile("(?m)^([ \\t]*config_path[ \\t]*=[ \\t]*)(\"\"|'')");
    private static final Pattern REGISTRY_TABLE = Pattern.compile(
            "(?m)^([ \\t]*)\\[[ \\t]*plugins[ \\t]*\\..*registry[\"']?[ \\t]*][ \\t]*(?:#[^\\r\\n]*)?(\\r?\\n|$)");

    private final Draft draft;
    private final Path file;
    private final String text;
    private final ObjectNode root;

    private ContainerdConfig(Draft draft, Path file) {
        this.draft = draft;
        this.file = file;
        this.text = draft.read(file).orElse("");
        this.root = Toml.parse(file, text);
    }

    /** Reads the file that decides. */
    static ContainerdConfig read(Draft draft) {
        ContainerdConfig deciding = null;
        for (Path file : files(draft)) {
            ContainerdConfig config = new ContainerdConfig(draft, file);
            if (deciding == null || config.root.path("plugins").has(config.plugin())) {
                deciding = config;
            }
            config.noteIfDisabled();
        }
        return deciding;
    }

    /**
     * Where {@code hosts.toml} files are looked for, in order; edits the draft so that it is said if nobody says it.
     */
    List<Path> hostDirectories() {
        JsonNode registry = root.path("plugins").path(plugin()).path("registry");
        String paths = registry.path("config_path").asText();
        if (!paths.isBlank()) {
            List<Path> directories = Stream.of(paths.split(":")).map(Path::of).toList();
            if (!directories.stream().allMatch(Path::isAbsolute)) {
                throw new SetupException(file + ": config_path " + Quoted.of(paths) + " is not an absolute path");
            }
            return directories;
        }
        boolean tls = registry.path("configs").valueStream().anyMatch(config -> config.has("tls"));
        if (tls || !registry.path("mirrors").isEmpty()) {
            throw new SetupException(file + ": has " + (tls ? "registry.configs...tls" : "registry.mirrors")
                    + ", which containerd does not take together with config_path;"
                    + " move it into hosts.toml files first");
        }
        draft.edit(file, setPath());
        return List.of(HOSTS);
    }

    /** The main file and what it imports, in the order in which containerd joins them. */
    private static List<Path> files(Draft draft) {
        Set<Path> files = new LinkedHashSet<>(List.of(MAIN));
        List<Path> open = new ArrayList<>(files);
        while (!open.isEmpty()) {
            Path file = open.removeFirst();
            ObjectNode root = Toml.parse(file, draft.read(file).orElse(""));
            for (JsonNode pattern : root.path("imports")) {
                Path named = file.resolveSibling(pattern.asText()).normalize();
                if (WILDCARD.matcher(named.getParent().toString()).find()) {
                    throw new SetupException(file + ": imports " + Quoted.of(pattern.asText())
                            + ": directories with wildcards are not followed");
                }
                PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + named);
                draft.list(named.getParent()).stream().filter(matcher::matches).filter(files::add).forEach(open::add);
            }
        }
        return List.copyOf(files);
    }

    private int version() {
        return root.isEmpty() ? CURRENT_VERSION : root.path("version").asInt(1);
    }

    /** The plugin that pulls images, as this version of the file calls it. */
    private String plugin() {
        return switch (version()) {
            case 0, 1 -> "cri";
            case 2 -> "io.containerd.grpc.v1.cri";
            default -> "io.containerd.cri.v1.images";
        };
    }

    private void noteIfDisabled() {
        for (JsonNode disabled : root.path("disabled_plugins")) {
            if (disabled.asText().equals("cri") || disabled.asText().equals("io.containerd.grpc.v1.cri")) {
                draft.note(
                        file + ": disables the CRI plugin, so that the files serve `ctr --hosts-dir` and nerdctl only");
            }
        }
    }

    /** The file that decides. */
    Path file() {
        return file;
    }

    String text() {
        return text;
    }

    ObjectNode root() {
        return root;
    }

    /** The tables, one in the other, that have the name of the CRI plugin's snapshotter. */
    List<String> snapshotterTable() {
        // The plugin for images has it of itself since containerd 2.0.
        return version() <= 2 ? List.of("plugins", plugin(), "containerd") : List.of("plugins", plugin());
    }

    private Edit setPath() {
        String value = Toml.quoted(HOSTS.toString());
        String key = "config_path = " + value;
        String line = Toml.newline(text);
        ObjectNode expected = root.deepCopy();
        String table = "[plugins.%s.registry]\n  %s\n".formatted(Toml.quoted(plugin()), key);
        if (root.isEmpty()) {
            expected.put("version", CURRENT_VERSION);
            table = "version = " + CURRENT_VERSION + "\n\n" + table;
        }
        child(child(child(expected, "plugins"), plugin()), "registry").put("config_path", HOSTS.toString());
        List<Edit> candidates = new ArrayList<>();
        for (MatchResult found : Toml.find(EMPTY_PATH, text)) {
            candidates.add(new Edit(found.start(2), found.group(2), value));
        }
        for (MatchResult found : Toml.find(REGISTRY_TABLE, text)) {
            String before = found.group(2).isEmpty() ? line : "";
            candidates.add(Edit.insertion(found.end(), before + found.group(1) + "  " + key + line));
        }
        candidates.add(Toml.appended(text, table));
        SetupException otherwise = new SetupException(
                file + ": has a form that is not extended; put into its table [plugins." + Toml.quoted(plugin())
                        + ".registry] the line " + key);
        return Toml.choose(text, candidates, expected::equals, otherwise);
    }

    private static ObjectNode child(ObjectNode parent, String name) {
        return parent.path(name) instanceof ObjectNode there ? there : parent.putObject(name);
    }
}
