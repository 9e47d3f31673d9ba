package io.lighterage.supernode.torrent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.InvalidDigestException;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.BlobRefusedException;
import io.lighterage.peer.exchange.BlobSlice;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.BlobStream;
import io.lighterage.peer.exchange.Exchange;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.supernode.upstream.RegistryRequest;
import io.lighterage.supernode.upstream.RegistryResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes one torrent of a whole image: an OCI image layout (image specification 1.1) of its manifest, config and
 * layers, as they are. What is not here yet is brought in first. Safe for use by several threads.
 */
final class ImageOffers {
    private static final String ACCEPT = String.join(
            ", ",
            "application/vnd.oci.image.manifest.v1+json",
            "application/vnd.oci.image.index.v1+json",
            "application/vnd.docker.distribution.manifest.v2+json",
            "application/vnd.docker.distribution.manifest.list.v2+json");
    private static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final int LONGEST_MANIFEST = 4 << 20;
    private static final int MOST_BLOBS = 1025;
    private static final int STEP = 1 << 20;
    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final byte[] LAYOUT = "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final BlobStore store;
    private final Exchange exchange;
    private final Publicity publicity;
    private final Catalog catalog;

    ImageOffers(BlobStore store, Exchange exchange, Publicity publicity, Catalog catalog) {
        this.store = store;
        this.exchange = exchange;
        this.publicity = publicity;
        this.catalog = catalog;
    }

    private record Document(byte[] bytes, JsonNode json) {}

    /**
     * The torrent of {@code image}.
     *
     * @throws LaneException if upstream refuses it to everybody, or it is not an image of layers
     */
    Offer of(ImageReference image, Platform platform) throws IOException, InterruptedException {
        Repository repository = image.repository();
        Document manifest = resolve(image, platform);
        List<Part.Blob> blobs = blobs(image, manifest.json());
        for (Part.Blob blob : blobs) {
            if (!publicity.allows(repository, blob.digest())) {
                throw new LaneException(
                        403, "the registry does not let everybody read " + blob.digest() + " of " + repository);
            }
            bringIn(repository, blob);
        }
        Digest digest = store.put(manifest.bytes()).info().digest();
        List<Part> parts = new ArrayList<>(List.of(
                new Part.Inline(LAYOUT),
                new Part.Inline(index(image, digest, manifest)),
                new Part.Blob(digest, manifest.bytes().length)));
        parts.addAll(blobs);
        String content = "image " + digest + " " + image.tag().orElse("");
        return catalog.make(content, repository, parts, (pieceLength, pieces) ->
                Metainfo.directory(directory(image), files(parts), pieceLength, pieces));
    }

    private Document resolve(ImageReference image, Platform platform) throws IOException, InterruptedException {
        Document document = ask(image.repository(), image.manifest());
        for (int depth = 0; document.json().path("manifests").isArray(); depth++) {
            if (depth == 3) {
                throw new LaneException(422, image + " has indexes in indexes in indexes");
            }
            document = ask(image.repository(), chosen(image, document.json(), platform).toString());
        }
        if (image.digest().isPresent() && !document.json().path("config").isObject()) {
            throw new LaneException(422, image + " is not an image");
        }
        return document;
    }

    private static Digest chosen(ImageReference image, JsonNode index, Platform platform) throws LaneException {
        for (JsonNode each : index.path("manifests")) {
            JsonNode named = each.path("platform");
            String variant = platform.variant().orElse(null);
            if (platform.os().equals(named.path("os").asText())
                    && platform.architecture().equals(named.path("architecture").asText())
                    && (variant == null || variant.equals(named.path("variant").asText()))) {
                return digest(image, each);
            }
        }
        throw new LaneException(404, image + " has no image for " + platform);
    }

    private Document ask(Repository repository, String reference) throws IOException, InterruptedException {
        RegistryRequest request = RegistryRequest.of(RegistryRequest.Method.GET, repository, "manifests/" + reference)
                .withHeader("Accept", ACCEPT);
        try (RegistryResponse response = publicity.client(repository).request(request)) {
            int status = response.status();
            if (status != 200) {
                int told = status == 401 || status == 403 ? 403 : status >= 400 && status < 500 ? status : 502;
                throw new LaneException(
                        told,
                        "the registry answers " + status + " to everybody who asks for " + repository + " "
                                + reference);
            }
            byte[] bytes = response.bytes(LONGEST_MANIFEST);
            if (reference.startsWith("sha256:") && !Digest.of(bytes).toString().equals(reference)) {
                throw new LaneException(502, repository + " has other bytes as manifest " + reference);
            }
            return new Document(bytes, JSON.readTree(bytes));
        }
    }

    /** Config and layers, each once. */
    private static List<Part.Blob> blobs(ImageReference image, JsonNode manifest) throws LaneException {
        JsonNode layers = manifest.path("layers");
        if (!manifest.path("config").isObject() || !layers.isArray() || layers.size() >= MOST_BLOBS) {
            throw new LaneException(
                    422, "the manifest of " + image + " is not that of an image with fewer than 1025 layers");
        }
        Map<Digest, Part.Blob> blobs = new LinkedHashMap<>();
        List<JsonNode> descriptors = new ArrayList<>();
        descriptors.add(manifest.path("config"));
        layers.forEach(descriptors::add);
        for (JsonNode descriptor : descriptors) {
            long length = descriptor.path("size").asLong(-1);
            if (length < 0) {
                throw new LaneException(422, "the manifest of " + image + " has a blob without a size");
            }
            Digest digest = digest(image, descriptor);
            blobs.put(digest, new Part.Blob(digest, length));
        }
        return List.copyOf(blobs.values());
    }

    private static Digest digest(ImageReference image, JsonNode descriptor) throws LaneException {
        try {
            return Digest.parse(descriptor.path("digest").asText());
        } catch (InvalidDigestException e) {
            throw new LaneException(422, "the manifest of " + image + ": " + e.getMessage(), e);
        }
    }

    /** Reads the blob to its end, so that it is whole and verified here. */
    private void bringIn(Repository repository, Part.Blob blob) throws IOException, InterruptedException {
        Optional<BlobSource> source = Optional.of(BlobSource.of(repository));
        try {
            BlobInfo info = exchange.describe(blob.digest(), source, DEADLINE);
            if (info.length() != blob.length()) {
                throw new LaneException(
                        422,
                        blob.digest() + " has " + info.length() + " bytes, its manifest says " + blob.length());
            }
            try (BlobStream stream = exchange.stream(blob.digest(), info.all(), source, Priority.BACKGROUND)) {
                BlobSlice slice = stream.next(STEP, DEADLINE);
                while (slice != null) {
                    slice.close();
                    slice = stream.next(STEP, DEADLINE);
                }
            }
        } catch (BlobRefusedException e) {
            throw new LaneException(502, blob.digest() + " of " + repository + ": " + e.getMessage(), e);
        }
    }

    private static byte[] index(ImageReference image, Digest digest, Document manifest) throws IOException {
        ObjectNode index = JSON.createObjectNode().put("schemaVersion", 2);
        ObjectNode descriptor = index.putArray("manifests").addObject();
        descriptor.put("mediaType", manifest.json().path("mediaType").asText(OCI_MANIFEST));
        descriptor.put("digest", digest.toString());
        descriptor.put("size", manifest.bytes().length);
        image.tag().ifPresent(tag -> descriptor.putObject("annotations").put("org.opencontainers.image.ref.name", tag));
        return JSON.writeValueAsBytes(index);
    }

    /** The paths of an image layout, in the order of the parts. */
    private static List<Metainfo.File> files(List<Part> parts) {
        List<Metainfo.File> files = new ArrayList<>();
        for (Part part : parts) {
            files.add(new Metainfo.File(
                    switch (part) {
                        case Part.Blob blob -> List.of("blobs", "sha256", blob.digest().hex());
                        case Part.Inline inline -> List.of(files.isEmpty() ? "oci-layout" : "index.json");
                    },
                    part.length()));
        }
        return files;
    }

    private static String directory(ImageReference image) {
        String name = image.repository().name();
        String suffix = image.tag()
                .or(() -> image.digest().map(digest -> digest.hex().substring(0, 12)))
                .orElse("image");
        return name.substring(name.lastIndexOf('/') + 1) + "_" + suffix;
    }
}
