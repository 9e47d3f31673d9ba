package io.lighterage.cli.setup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.lighterage.peer.content.Quoted;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Makes a node's snapshotter known to containerd as {@code lighter}, and the one of its CRI plugin, which then says of
 * each layer which image it is of. Formats: docs/PLUGINS.md and docs/cri/config.md of containerd.
 */
final class ContainerdLazy {
    private static final String NAME = "lighter";
    private static final Pattern BARE = Pattern.compile("[A-Za-z0-9_-]+");

    private ContainerdLazy() {}

    /** Edits containerd's configuration; not at all if it says so already. */
    static void add(Draft draft, Path socket) {
        addPlugin(draft, socket);
        set(draft, "snapshotter", TextNode.valueOf(NAME));
        set(draft, "disable_snapshot_annotations", BooleanNode.FALSE);
    }

    private static void addPlugin(Draft draft, Path socket) {
        ContainerdConfig config = ContainerdConfig.read(draft);
        JsonNode known = config.root().path("proxy_plugins").path(NAME);
        boolean snapshots = known.path("type").asText().equals("snapshot");
        if (snapshots && known.path("address").asText().equals(socket.toString())) {
            return;
        }
        if (!known.isMissingNode()) {
            throw new SetupException(config.file() + ": has another proxy plugin with the name " + NAME + ", at "
                    + Quoted.of(known.path("address").asText()));
        }
        ObjectNode expected = config.root().deepCopy();
        child(child(expected, "proxy_plugins"), NAME).put("type", "snapshot").put("address", socket.toString());
        String table = "[proxy_plugins.%s]\n  type = \"snapshot\"\n  address = %s\n"
                .formatted(NAME, Toml.quoted(socket.toString()));
        draft.edit(
                config.file(),
                Toml.choose(
                        config.text(),
                        List.of(Toml.appended(config.text(), table)),
                        expected::equals,
                        new SetupException(config.file() + ": has a form that is not extended; add to it: "
                                + table.strip().replaceAll("\\s+", " "))));
    }

    /** Sets a key of the CRI plugin's table. */
    private static void set(Draft draft, String key, JsonNode value) {
        ContainerdConfig config = ContainerdConfig.read(draft);
        List<String> path = config.snapshotterTable();
        ObjectNode expected = config.root().deepCopy();
        ObjectNode table = expected;
        for (String name : path) {
            table = child(table, name);
        }
        if (value.equals(table.get(key))) {
            return;
        }
        table.set(key, value);
        String text = config.text();
        String name = path.stream().map(ContainerdLazy::quotedIfNeeded).collect(Collectors.joining("."));
        draft.edit(
                config.file(),
                Toml.choose(
                        text,
                        candidates(text, path.getLast(), name, key, value.toString()),
                        expected::equals,
                        new SetupException(config.file() + ": has a form that is not extended; put into its table ["
                                + name + "] the line " + key + " = " + value)));
    }

    /** The value replaced where the key is, or the line put below the table's head, or a table of its own. */
    private static List<Edit> candidates(String text, String last, String name, String key, String value) {
        List<Edit> candidates = new ArrayList<>();
        Pattern assignment = Pattern.compile(
                "(?m)^([ \\t]*" + key + "[ \\t]*=[ \\t]*)(\"[^\"\\r\\n]*\"|'[^'\\r\\n]*'|[a-z]+)");
        for (MatchResult found : Toml.find(assignment, text)) {
            candidates.add(new Edit(found.start(2), found.group(2), value));
        }
        Pattern head = Pattern.compile("(?m)^([ \\t]*)\\[[ \\t]*plugins[ \\t]*\\.[^\\r\\n]*" + Pattern.quote(last)
                + "[\"']?[ \\t]*][ \\t]*(?:#[^\\r\\n]*)?(\\r?\\n|$)");
        String line = Toml.newline(text);
        for (MatchResult found : Toml.find(head, text)) {
            String before = found.group(2).isEmpty() ? line : "";
            candidates.add(
                    Edit.insertion(found.end(), before + found.group(1) + "  " + key + " = " + value + line));
        }
        candidates.add(Toml.appended(text, "[" + name + "]\n  " + key + " = " + value + "\n"));
        return candidates;
    }

    private static String quotedIfNeeded(String name) {
        return BARE.matcher(name).matches() ? name : Toml.quoted(name);
    }

    private static ObjectNode child(ObjectNode parent, String name) {
        return parent.path(name) instanceof ObjectNode there ? there : parent.putObject(name);
    }
}
