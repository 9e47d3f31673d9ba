package io.lighterage.blockdev.image;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.InvalidDigestException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Images in a directory (OCI Image Format Specification 1.1, "Image Layout"). Docker's media types are taken too.
 *
 * @param directory where {@code index.json} and {@code blobs} are
 */
public record OciLayout(Path directory) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String REF_NAME = "org.opencontainers.image.ref.name";
    private static final Set<String> INDEXES = Set.of(
            "application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json");
    private static final Set<String> MANIFESTS = Set.of(
            "application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json");
    private static final long LONGEST_DOCUMENT = 8 << 20;
    private static final int DEEPEST_INDEX = 3;

    /**
     * An image that lies in a layout.
     *
     * @param manifest digest of its manifest
     * @param layers lowest first
     */
    public record Image(Digest manifest, List<Layer> layers) {
        public Image {
            layers = List.copyOf(layers);
        }
    }

    /**
     * Finds an image.
     *
     * @param tag its name in the layout; not needed where the layout has one image only
     * @param architecture as Go has it ({@code amd64}): which image of an index, of those for Linux
     * @throws LayoutException if there is no such image, or more than one, or a document of it is missing or malformed
     */
    public Image image(Optional<String> tag, String architecture) throws IOException {
        List<JsonNode> found = new ArrayList<>();
        List<String> tags = new ArrayList<>();
        for (JsonNode descriptor : document(directory.resolve("index.json")).path("manifests")) {
            String name = descriptor.path("annotations").path(REF_NAME).asText("");
            tags.add(name.isEmpty() ? "(no tag)" : name);
            if (tag.isEmpty() || tag.get().equals(name)) {
                found.add(descriptor);
            }
        }
        JsonNode chosen = choose(found, architecture, tag.map(name -> "no image " + name).orElse("no image"), tags);
        for (int depth = 0; INDEXES.contains(mediaType(chosen)); depth++) {
            if (depth == DEEPEST_INDEX) {
                throw new LayoutException(directory + " has indexes within indexes, over " + DEEPEST_INDEX + " deep");
            }
            Digest index = digest(chosen.path("digest"));
            List<JsonNode> inIndex = new ArrayList<>();
            List<String> platforms = new ArrayList<>();
            for (JsonNode descriptor : document(index).path("manifests")) {
                inIndex.add(descriptor);
                JsonNode platform = descriptor.path("platform");
                platforms.add(platform.path("os").asText("?") + "/" + platform.path("architecture").asText("?"));
            }
            chosen = choose(inIndex, architecture, "in index " + index + " no image", platforms);
        }
        return read(chosen);
    }

    /** Opens a blob. */
    public InputStream open(Digest blob) throws IOException {
        try {
            return Files.newInputStream(path(blob));
        } catch (NoSuchFileException e) {
            throw new LayoutException(directory + " lacks blob " + blob, e);
        }
    }

    /** Of several, those for Linux on that architecture; where none says for what it is, all count. */
    private JsonNode choose(List<JsonNode> descriptors, String architecture, String lack, List<String> all)
            throws LayoutException {
        List<JsonNode> fit = descriptors.stream()
                .filter(descriptor -> {
                    JsonNode platform = descriptor.path("platform");
                    return platform.isMissingNode()
                            || platform.path("os").asText().equals("linux")
                                    && platform.path("architecture").asText().equals(architecture);
                })
                .toList();
        if (fit.isEmpty()) {
            throw new LayoutException(directory + " has " + lack + " for linux/" + architecture + "; it has " + all);
        }
        // An index lists its best match first, variants of an architecture for instance; a layout's images are
        // distinct.
        if (fit.size() > 1 && fit.stream().anyMatch(descriptor -> descriptor.path("platform").isMissingNode())) {
            throw new LayoutException(directory + " has several images, name one of " + all);
        }
        return fit.getFirst();
    }

    private Image read(JsonNode descriptor) throws IOException {
        if (!MANIFESTS.contains(mediaType(descriptor))) {
            throw new LayoutException(
                    directory + " has media type " + mediaType(descriptor) + " where an image's manifest is expected");
        }
        Digest digest = digest(descriptor.path("digest"));
        JsonNode manifest = document(digest);
        JsonNode diffIds = document(digest(manifest.path("config").path("digest"))).path("rootfs").path("diff_ids");
        JsonNode layers = manifest.path("layers");
        if (!layers.isArray() || layers.size() != diffIds.size()) {
            throw new LayoutException(
                    "image " + digest + " has " + layers.size() + " layers, but " + diffIds.size() + " diff_ids");
        }
        List<Layer> read = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            read.add(new Layer(digest(layers.get(i).path("digest")), mediaType(layers.get(i)), digest(diffIds.get(i))));
        }
        return new Image(digest, read);
    }

    private static String mediaType(JsonNode descriptor) {
        return descriptor.path("mediaType").asText("(none)");
    }

    private Digest digest(JsonNode text) throws LayoutException {
        try {
            return Digest.parse(text.asText(""));
        } catch (InvalidDigestException e) {
            throw new LayoutException(directory + " names a blob by what is no sha256 digest: " + e.getMessage(), e);
        }
    }

    private JsonNode document(Digest digest) throws IOException {
        JsonNode document = document(path(digest));
        Digest found = Digest.of(Files.readAllBytes(path(digest)));
        if (!found.equals(digest)) {
            throw new LayoutException(path(digest) + " has the digest " + found);
        }
        return document;
    }

    private static JsonNode document(Path file) throws IOException {
        try {
            if (Files.size(file) > LONGEST_DOCUMENT) {
                throw new LayoutException(file + " is longer than a document may be, " + LONGEST_DOCUMENT + " bytes");
            }
            return JSON.readTree(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            throw new LayoutException("there is no " + file, e);
        } catch (JacksonException e) {
            throw new LayoutException(file + " is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private Path path(Digest blob) {
        return directory.resolve("blobs").resolve("sha256").resolve(blob.hex());
    }
}
