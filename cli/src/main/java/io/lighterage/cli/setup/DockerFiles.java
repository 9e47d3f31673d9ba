package io.lighterage.cli.setup;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lighterage.peer.content.ImageReference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/**
 * dockerd's {@code daemon.json}, whose {@code registry-mirrors} are asked for images of Docker Hub. The text is edited
 * at the place, so that the rest keeps its form.
 */
final class DockerFiles implements EngineFiles {
    private static final Path DIRECTORY = Path.of("/etc/docker");
    private static final Path DAEMON = DIRECTORY.resolve("daemon.json");
    private static final String KEY = "registry-mirrors";

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /**
     * Where an array or object of the text is.
     *
     * @param open the offset of its opening bracket, -1 if it is not there
     * @param first the offset of its first member, or of its closing bracket
     * @param empty whether it has no members
     */
    private record Place(int open, int first, boolean empty) {
        static final Place NOWHERE = new Place(-1, -1, true);
    }

    @Override
    public Path directory() {
        return DIRECTORY;
    }

    @Override
    public String activation(List<Path> changed) {
        return "systemctl reload docker";
    }

    @Override
    public void checkConfiguration(Path path, String text) {
        parse(path, text);
    }

    @Override
    public void add(Draft draft, String registry, MirrorPlace mirror) {
        if (!registry.equals(ImageReference.DEFAULT_REGISTRY)) {
            throw new SetupException("dockerd asks mirrors for images of docker.io only; pull those of " + registry
                    + " as " + mirror + "/" + registry + "/NAME");
        }
        mirror.trust(draft, DIRECTORY.resolve("certs.d"));
        String text = draft.read(DAEMON).orElse("");
        String entry = Toml.quoted(mirror.url());
        if (text.isBlank()) {
            draft.replace(DAEMON, "{\n  \"" + KEY + "\": [" + entry + "]\n}\n");
            return;
        }
        ObjectNode root = parse(DAEMON, text);
        JsonNode mirrors = root.path(KEY);
        if (!mirrors.isMissingNode() && !mirrors.isArray()) {
            throw new SetupException(DAEMON + ": \"" + KEY + "\" is not a list");
        }
        for (JsonNode known : mirrors) {
            if (known.asText().replaceFirst("/+$", "").equals(mirror.url())) {
                return;
            }
        }
        draft.edit(DAEMON, mirrors.isMissingNode() ? newKey(text, entry) : newElement(text, entry));
    }

    private static Edit newKey(String text, String entry) {
        Place object = find(text, false);
        String space = text.substring(object.open + 1, object.first);
        String member = "\"" + KEY + "\": [" + entry + "]";
        if (object.empty) {
            String line = Toml.newline(text);
            return new Edit(object.open + 1, space, line + "  " + member + line);
        }
        return Edit.insertion(object.open + 1, space + member + (space.isEmpty() ? ", " : ","));
    }

    private static Edit newElement(String text, String entry) {
        Place array = find(text, true);
        String space = text.substring(array.open + 1, array.first);
        if (array.empty) {
            return new Edit(array.open + 1, space, entry);
        }
        return Edit.insertion(array.open + 1, space + entry + (space.isEmpty() ? ", " : ","));
    }

    /** The place of the outermost object, or of the list of mirrors in it. */
    private static Place find(String text, boolean mirrors) {
        try (JsonParser parser = MAPPER.createParser(text)) {
            parser.nextToken();
            if (!mirrors) {
                return place(parser, JsonToken.END_OBJECT);
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean found = parser.currentName().equals(KEY);
                parser.nextToken();
                if (found) {
                    return place(parser, JsonToken.END_ARRAY);
                }
                parser.skipChildren();
            }
            return Place.NOWHERE;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read text that was read before", e);
        }
    }

    private static Place place(JsonParser parser, JsonToken end) throws IOException {
        int open = offset(parser);
        boolean empty = parser.nextToken() == end;
        return new Place(open, offset(parser), empty);
    }

    private static int offset(JsonParser parser) {
        return (int) parser.currentTokenLocation().getCharOffset();
    }

    private static ObjectNode parse(Path path, String text) {
        try {
            if (MAPPER.readTree(text) instanceof ObjectNode object) {
                return object;
            }
        } catch (JacksonException e) {
            throw Toml.malformed(path, "JSON", e);
        }
        throw new SetupException(path + ": not a JSON object");
    }
}
