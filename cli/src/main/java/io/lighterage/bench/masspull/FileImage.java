package io.lighterage.bench.masspull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.InvalidDigestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Images that are on this machine: a file as the only layer, or an OCI image layout. */
public final class FileImage {
    private static final ObjectMapper JSON = new ObjectMapper();

    private FileImage() {}

    /** {@code file} as the only layer of an image. */
    public static ImageSource file(Path file) {
        return directory -> {
            if (!Files.isRegularFile(file) || Files.size(file) == 0) {
                throw new IOException("image: " + file + " is not a file with content");
            }
            return PulledImage.of(PulledImage.plainConfig(directory), List.of(PulledImage.Content.of(file)));
        };
    }

    /**
     * The image in an OCI image layout, by the image specification 1.1: the only one in its index, or the one with
     * {@code tag}; of several platforms the first for Linux.
     */
    public static ImageSource layout(Path layout, String tag) {
        return directory -> read(layout, tag);
    }

    private static PulledImage read(Path layout, String tag) throws IOException {
        try {
            JsonNode index = JSON.readTree(Files.readAllBytes(layout.resolve("index.json")));
            JsonNode entry = choose(layout, index.path("manifests"), tag);
            while (entry.path("mediaType").asText().contains("index") || entry.path("mediaType").asText()
                    .contains("list")) {
                JsonNode inner = JSON.readTree(Files.readAllBytes(blob(layout, entry)));
                entry = choose(layout, inner.path("manifests"), "");
            }
            byte[] manifest = Files.readAllBytes(blob(layout, entry));
            JsonNode root = JSON.readTree(manifest);
            List<PulledImage.Content> blobs = new ArrayList<>();
            blobs.add(PulledImage.Content.of(blob(layout, root.path("config"))));
            for (JsonNode layer : root.path("layers")) {
                blobs.add(PulledImage.Content.of(blob(layout, layer)));
            }
            return new PulledImage(entry.path("mediaType").asText(PulledImage.MANIFEST_TYPE), manifest, blobs);
        } catch (NoSuchFileException e) {
            throw new IOException("image: " + layout + " is no OCI image layout: there is no " + e.getFile(), e);
        } catch (JsonProcessingException e) {
            throw new IOException("image: " + layout + " has a malformed document: " + e.getOriginalMessage(), e);
        }
    }

    private static JsonNode choose(Path layout, JsonNode entries, String tag) throws IOException {
        for (JsonNode entry : entries) {
            String named = entry.path("annotations").path("org.opencontainers.image.ref.name").asText();
            String system = entry.path("platform").path("os").asText("linux");
            if (tag.isEmpty() ? system.equals("linux") : named.equals(tag)) {
                return entry;
            }
        }
        throw new IOException("image: " + layout + " has no image" + (tag.isEmpty() ? " for Linux" : " named " + tag));
    }

    private static Path blob(Path layout, JsonNode descriptor) throws IOException {
        try {
            return layout.resolve("blobs/sha256").resolve(Digest.parse(descriptor.path("digest").asText()).hex());
        } catch (InvalidDigestException e) {
            throw new IOException("image: " + layout + ": " + e.getMessage(), e);
        }
    }
}
