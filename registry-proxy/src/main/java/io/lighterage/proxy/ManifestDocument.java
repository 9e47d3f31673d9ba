package io.lighterage.proxy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.InvalidDigestException;
import io.lighterage.peer.content.Quoted;
import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A manifest that has been read and is of a known kind.
 *
 * <p>Read as a stream of tokens: a tree of 4 MiB of tiny JSON values would take a hundred MiB of heap.
 *
 * @param content the bytes, never changed: the digest is theirs
 * @param digest their sha256, or of a {@link #isSigned signed} manifest that of what is signed
 * @param mediaType as in {@code Content-Type}
 * @param sizes lengths in bytes that it claims for its config and layers
 */
record ManifestDocument(byte[] content, Digest digest, String mediaType, Map<Digest, Long> sizes) {
    /** The most bytes that a manifest may have: the limit that the distribution specification asks registries to keep. */
    static final int LONGEST = 4 << 20;

    static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
    static final String OCI_ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json";
    static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
    static final String DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
    static final String SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json";
    static final String SCHEMA1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws";

    /** All kinds of images, for a question in which the kind does not matter. */
    static final String ACCEPT =
            String.join(", ", OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST, OCI_ARTIFACT, SCHEMA1_SIGNED);

    /** Types by which a plain file server says nothing about a manifest. */
    private static final Set<String> VAGUE = Set.of("", "application/json", "application/octet-stream", "text/plain");

    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /**
     * Reads a manifest.
     *
     * @param claimedType the {@code Content-Type} that came with it, or empty
     * @throws BadManifestException if it is not a JSON object of a known kind, or of another than is claimed
     */
    static ManifestDocument read(byte[] content, String claimedType) throws BadManifestException {
        Shape shape = new Shape();
        try (JsonParser json = JSON.createParser(content)) {
            shape.read(json);
        } catch (IOException e) {
            throw new BadManifestException("it is not valid JSON: " + Quoted.of(e.getMessage()));
        }
        String claimed = claimedType.replaceFirst(";.*", "").strip();
        String type = VAGUE.contains(claimed) ? shape.ownType() : claimed;
        shape.checkIs(type);
        Digest digest = type.equals(SCHEMA1_SIGNED) ? SignedManifest.digest(content) : Digest.of(content);
        return new ManifestDocument(content, digest, type, Map.copyOf(shape.sizes));
    }

    /** Whether it carries its own signatures, which its digest leaves out. */
    boolean isSigned() {
        return mediaType.equals(SCHEMA1_SIGNED);
    }

    /** What was seen while reading. */
    private static final class Shape {
        private final Set<String> keys = new HashSet<>();
        private final Map<Digest, Long> sizes = new LinkedHashMap<>();
        private String mediaType = "";
        private long schemaVersion;

        void read(JsonParser json) throws IOException, BadManifestException {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new BadManifestException("it is not a JSON object");
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String key = json.currentName();
                JsonToken value = json.nextToken();
                keys.add(key);
                switch (key) {
                    case "mediaType" -> mediaType = json.getValueAsString("");
                    case "schemaVersion" -> schemaVersion = json.getValueAsLong(0);
                    case "config" -> descriptor(json, value);
                    case "layers", "blobs" -> descriptors(json, value);
                    default -> json.skipChildren();
                }
            }
            if (json.nextToken() != null) {
                throw new BadManifestException("something follows the JSON object");
            }
        }

        private void descriptors(JsonParser json, JsonToken value) throws IOException {
            if (value != JsonToken.START_ARRAY) {
                json.skipChildren();
                return;
            }
            for (JsonToken item = json.nextToken(); item != JsonToken.END_ARRAY && item != null; item = json.nextToken()) {
                descriptor(json, item);
            }
        }

        private void descriptor(JsonParser json, JsonToken value) throws IOException {
            if (value != JsonToken.START_OBJECT) {
                json.skipChildren();
                return;
            }
            String digest = "";
            long size = -1;
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String key = json.currentName();
                json.nextToken();
                switch (key) {
                    case "digest" -> digest = json.getValueAsString("");
                    case "size" -> size = json.getValueAsLong(-1);
                    default -> json.skipChildren();
                }
            }
            if (size >= 0 && digest.startsWith("sha256:")) {
                try {
                    sizes.put(Digest.parse(digest), size);
                } catch (InvalidDigestException e) {
                    throw new IOException("a descriptor's digest is wrong: " + e.getMessage(), e);
                }
            }
        }

        /** The kind that the document itself says or shows. */
        String ownType() throws BadManifestException {
            if (!mediaType.isEmpty()) {
                return mediaType;
            }
            if (keys.contains("manifests")) {
                return OCI_INDEX;
            }
            if (keys.contains("config") && keys.contains("layers")) {
                return OCI_MANIFEST;
            }
            if (schemaVersion == 1) {
                return keys.contains("signatures") ? SCHEMA1_SIGNED : SCHEMA1;
            }
            throw new BadManifestException("it is neither an image manifest nor an index of them");
        }

        void checkIs(String type) throws BadManifestException {
            if (!mediaType.isEmpty() && !mediaType.equals(type)) {
                throw new BadManifestException(
                        "it came as " + Quoted.of(type) + " but says of itself " + Quoted.of(mediaType));
            }
            boolean image = keys.contains("layers") || keys.contains("config");
            boolean index = keys.contains("manifests");
            boolean fits = switch (type) {
                case OCI_MANIFEST, DOCKER_MANIFEST -> keys.contains("config") && keys.contains("layers") && !index;
                case OCI_INDEX, DOCKER_LIST -> index && !image;
                case OCI_ARTIFACT -> !index && !image;
                case SCHEMA1, SCHEMA1_SIGNED -> schemaVersion == 1 && keys.contains("fsLayers");
                default -> throw new BadManifestException("its media type is unknown: " + Quoted.of(type));
            };
            if (!fits) {
                throw new BadManifestException("its content is not that of the media type " + type);
            }
        }
    }

    /** The message says why a document is no manifest. */
    static final class BadManifestException extends Exception {
        BadManifestException(String why) {
            super(why);
        }
    }

    /** Without the content. */
    @Override
    public String toString() {
        return "manifest " + digest + " (" + mediaType + ", " + content.length + " bytes)";
    }
}
