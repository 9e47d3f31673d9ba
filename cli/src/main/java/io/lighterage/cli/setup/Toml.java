package io.lighterage.cli.setup;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** TOML 1.0 as containerd and containers/image have it in their files. */
final class Toml {
    /** What a table does not have. */
    static final JsonNode NOTHING = MissingNode.getInstance();

    private static final TomlMapper MAPPER = new TomlMapper();

    private Toml() {}

    /** Reads a document. */
    static ObjectNode parse(Path path, String text) {
        try {
            return read(text);
        } catch (JacksonException e) {
            throw malformed(path, "TOML", e);
        }
    }

    /** An error that names the file and the place in it. */
    static SetupException malformed(Path path, String format, JacksonException e) {
        JsonLocation place = e.getLocation();
        String where = place == null ? "" : ":" + place.getLineNr() + ":" + place.getColumnNr();
        String why = e.getOriginalMessage().lines().findFirst().orElse("malformed");
        return new SetupException(path + where + ": not valid " + format + ": " + why, e);
    }

    /** The first of {@code candidates} after which the document is what {@code wanted} accepts. */
    static Edit choose(String text, List<Edit> candidates, Predicate<ObjectNode> wanted, SetupException otherwise) {
        for (Edit candidate : candidates) {
            try {
                if (wanted.test(read(candidate.apply(text)))) {
                    return candidate;
                }
            } catch (JacksonException e) {
                // The text cannot be extended in this way, for example because it has the table inline.
                otherwise.addSuppressed(e);
            }
        }
        throw otherwise;
    }

    /** An edit that puts {@code lines} behind all others. */
    static Edit appended(String text, String lines) {
        String gap = text.isEmpty() ? "" : text.endsWith("\n") ? newline(text) : newline(text) + newline(text);
        return Edit.insertion(text.length(), gap + lines.replace("\n", newline(text)));
    }

    /** The end of lines that a text uses. */
    static String newline(String text) {
        return text.contains("\r\n") ? "\r\n" : "\n";
    }

    /** Where {@code pattern} occurs, by lines. */
    static List<MatchResult> find(Pattern pattern, String text) {
        return new ArrayList<>(pattern.matcher(text).results().toList());
    }

    /** A basic string with its quotes. */
    static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                quoted.append('\\').appendCodePoint(c);
            } else if (Character.isISOControl(c)) {
                quoted.append("\\u%04x".formatted(c));
            } else {
                quoted.appendCodePoint(c);
            }
        });
        return quoted.append('"').toString();
    }

    private static ObjectNode read(String text) throws JacksonException {
        JsonNode root = MAPPER.readTree(text);
        return root instanceof ObjectNode object ? object : MAPPER.createObjectNode();
    }
}
