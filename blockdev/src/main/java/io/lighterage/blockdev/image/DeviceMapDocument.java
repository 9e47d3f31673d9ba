package io.lighterage.blockdev.image;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.InvalidDigestException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A {@link DeviceMap} as JSON. Equal maps have equal bytes.
 *
 * <pre>{@code
 * {"version": 2, "image": DIGEST, "length": BYTES, "extents": [
 *   {"deviceOffset": BYTES, "length": BYTES, "blob": {"digest": DIGEST, "length": BYTES, "chunkLength": BYTES},
 *    "blobOffset": BYTES, "table": DIGEST, "layer": {"digest": DIGEST, "mediaType": TEXT, "diffId": DIGEST}}, ...]}
 * }</pre>
 *
 * <p>A digest is {@code sha256:} and 64 hexadecimal digits. Every field stands in every document of version 2, and no
 * other; but an extent of metadata has no layer.
 */
public final class DeviceMapDocument {
    /** The version that is written, and the only one that is read. */
    public static final int VERSION = 2;

    /** Greatest length of a document in bytes, 4 MiB. */
    public static final int LONGEST = 4 << 20;

    /** Greatest number of extents: an image has at most that many layers, and the metadata. */
    private static final int MOST_EXTENTS = 4096;

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private DeviceMapDocument() {}

    /** The document of {@code map}, UTF-8. */
    public static byte[] write(DeviceMap map) {
        ObjectNode root = JSON.createObjectNode();
        root.put("version", VERSION).put("image", map.image().toString()).put("length", map.length());
        for (DeviceMap.Extent extent : map.extents()) {
            ObjectNode node = root.withArray("extents").addObject();
            node.put("deviceOffset", extent.deviceOffset()).put("length", extent.length());
            node.putObject("blob")
                    .put("digest", extent.blob().digest().toString())
                    .put("length", extent.blob().length())
                    .put("chunkLength", extent.blob().chunkLength());
            node.put("blobOffset", extent.blobOffset()).put("table", extent.table().toString());
            extent.layer().ifPresent(layer -> node.putObject("layer")
                    .put("digest", layer.digest().toString())
                    .put("mediaType", layer.mediaType())
                    .put("diffId", layer.diffId().toString()));
        }
        return root.toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads a document.
     *
     * @throws InvalidDeviceMapException if it is not a device map of this version; the message names the field
     */
    public static DeviceMap parse(byte[] document) throws InvalidDeviceMapException {
        if (document.length > LONGEST) {
            throw new InvalidDeviceMapException(
                    "a device map has at most " + LONGEST + " bytes, not " + document.length);
        }
        JsonNode root;
        try {
            root = JSON.readTree(document);
        } catch (IOException e) {
            throw new InvalidDeviceMapException("a device map is not JSON: " + firstLine(e), e);
        }
        JsonNode version = root.path("version");
        if (!version.isInt() || version.intValue() != VERSION) {
            throw new InvalidDeviceMapException("a device map has version " + VERSION + ", not " + version);
        }
        fields("the map", root, Set.of("version", "image", "length", "extents"));
        JsonNode array = root.path("extents");
        if (!array.isArray() || array.size() > MOST_EXTENTS) {
            throw new InvalidDeviceMapException("extents of a device map is a list of at most " + MOST_EXTENTS);
        }
        List<DeviceMap.Extent> extents = new ArrayList<>();
        for (JsonNode node : array) {
            extents.add(extent("extent " + extents.size(), node));
        }
        try {
            return new DeviceMap(digest("the map", root, "image"), number("the map", root, "length"), extents);
        } catch (IllegalArgumentException e) {
            throw new InvalidDeviceMapException(e.getMessage(), e);
        }
    }

    private static DeviceMap.Extent extent(String name, JsonNode node) throws InvalidDeviceMapException {
        fields(name, node, Set.of("deviceOffset", "length", "blob", "blobOffset", "table", "layer"));
        JsonNode blob = node.path("blob");
        String blobName = "the blob of " + name;
        fields(blobName, blob, Set.of("digest", "length", "chunkLength"));
        long chunk = number(blobName, blob, "chunkLength");
        try {
            BlobInfo info = new BlobInfo(
                    digest(blobName, blob, "digest"), number(blobName, blob, "length"), Math.toIntExact(chunk));
            return new DeviceMap.Extent(
                    number(name, node, "deviceOffset"),
                    number(name, node, "length"),
                    info,
                    number(name, node, "blobOffset"),
                    digest(name, node, "table"),
                    node.has("layer") ? Optional.of(layer("the layer of " + name, node.path("layer"))) : Optional.empty());
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new InvalidDeviceMapException(name + ": " + e.getMessage(), e);
        }
    }

    private static Layer layer(String name, JsonNode node) throws InvalidDeviceMapException {
        fields(name, node, Set.of("digest", "mediaType", "diffId"));
        JsonNode mediaType = node.path("mediaType");
        if (!mediaType.isTextual()) {
            throw new InvalidDeviceMapException(name + " has no text as mediaType");
        }
        return new Layer(digest(name, node, "digest"), mediaType.textValue(), digest(name, node, "diffId"));
    }

    private static void fields(String name, JsonNode node, Set<String> known) throws InvalidDeviceMapException {
        if (!node.isObject()) {
            throw new InvalidDeviceMapException(name + " is not a JSON object");
        }
        for (var fields = node.fieldNames(); fields.hasNext(); ) {
            String field = fields.next();
            if (!known.contains(field)) {
                throw new InvalidDeviceMapException(name + " has a field that is not known: " + field);
            }
        }
    }

    private static long number(String name, JsonNode node, String field) throws InvalidDeviceMapException {
        JsonNode value = node.path(field);
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
            throw new InvalidDeviceMapException(name + " has no number of bytes as " + field);
        }
        return value.longValue();
    }

    private static Digest digest(String name, JsonNode node, String field) throws InvalidDeviceMapException {
        try {
            return Digest.parse(node.path(field).textValue());
        } catch (InvalidDigestException e) {
            throw new InvalidDeviceMapException(name + " has no digest as " + field + ": " + e.getMessage(), e);
        }
    }

    private static String firstLine(IOException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
