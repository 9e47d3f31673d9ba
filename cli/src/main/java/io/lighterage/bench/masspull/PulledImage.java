package io.lighterage.bench.masspull;

import io.lighterage.peer.content.Digest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * An image whose bytes are in files here.
 *
 * @param mediaType of the manifest
 * @param manifest its bytes
 * @param blobs config first, then layers, bottom first
 */
public record PulledImage(String mediaType, byte[] manifest, List<Content> blobs) {
    public static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
    private static final String CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
    private static final String LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";
    private static final byte[] CONFIG =
            "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}".getBytes(StandardCharsets.UTF_8);

    /**
     * A blob.
     *
     * @param file its bytes, all of the file
     */
    public record Content(Digest digest, long length, Path file) {}

    public PulledImage {
        blobs = List.copyOf(blobs);
    }

    /** The config of images that are made of nothing but layers. */
    static byte[] plainConfig() {
        return CONFIG.clone();
    }

    /** An image of {@code layers} with {@code config}. */
    static PulledImage of(Content config, List<Content> layers) {
        StringBuilder json = new StringBuilder("{\"schemaVersion\":2,\"mediaType\":\"").append(MANIFEST_TYPE).append("\",\"config\":");
        describe(json, CONFIG_TYPE, config);
        json.append(",\"layers\":[");
        for (int i = 0; i < layers.size(); i++) {
            describe(i == 0 ? json : json.append(','), LAYER_TYPE, layers.get(i));
        }
        List<Content> blobs = new java.util.ArrayList<>(List.of(config));
        blobs.addAll(layers);
        return new PulledImage(MANIFEST_TYPE, json.append("]}").toString().getBytes(StandardCharsets.UTF_8), blobs);
    }

    private static void describe(StringBuilder json, String type, Content content) {
        json.append("{\"mediaType\":\"").append(type).append("\",\"digest\":\"").append(content.digest()).append("\",\"size\":")
                .append(content.length()).append('}');
    }

    Content config() {
        return blobs.getFirst();
    }

    List<Content> layers() {
        return blobs.subList(1, blobs.size());
    }

    /** Bytes of all layers. */
    public long layerBytes() {
        return layers().stream().mapToLong(Content::length).sum();
    }
}
