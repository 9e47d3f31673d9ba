package io.lighterage.bench.masspull;

import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

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
    private static final int BUFFER = 1 << 18;
    private static final byte[] CONFIG =
            "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}"
                    .getBytes(StandardCharsets.UTF_8);

    /**
     * A blob.
     *
     * @param crc CRC-32C of its bytes, which is so cheap that it can be checked while the processors are measured
     * @param file its bytes, all of the file
     */
    public record Content(Digest digest, long length, long crc, Path file) {
        /** Reads {@code file}. */
        public static Content of(Path file) throws IOException {
            MessageDigest digest = Digest.sha256();
            CRC32C crc = new CRC32C();
            byte[] buffer = new byte[BUFFER];
            long length = 0;
            try (InputStream in = Files.newInputStream(file)) {
                for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                    digest.update(buffer, 0, count);
                    crc.update(buffer, 0, count);
                    length += count;
                }
            }
            return new Content(Digest.finish(digest), length, crc.getValue(), file);
        }
    }

    public PulledImage {
        blobs = List.copyOf(blobs);
    }

    /** The config of images that are made of nothing but layers, in {@code directory}. */
    static Content plainConfig(Path directory) throws IOException {
        return Content.of(Files.write(directory.resolve("config"), CONFIG));
    }

    /** An image of {@code layers} with {@code config}. */
    static PulledImage of(Content config, List<Content> layers) {
        StringBuilder json = new StringBuilder("{\"schemaVersion\":2,\"mediaType\":\"").append(MANIFEST_TYPE)
                .append("\",\"config\":");
        describe(json, CONFIG_TYPE, config);
        json.append(",\"layers\":[");
        for (int i = 0; i < layers.size(); i++) {
            describe(i == 0 ? json : json.append(','), LAYER_TYPE, layers.get(i));
        }
        List<Content> blobs = new ArrayList<>(List.of(config));
        blobs.addAll(layers);
        return new PulledImage(MANIFEST_TYPE, json.append("]}").toString().getBytes(StandardCharsets.UTF_8), blobs);
    }

    private static void describe(StringBuilder json, String type, Content content) {
        json.append("{\"mediaType\":\"").append(type).append("\",\"digest\":\"").append(content.digest())
                .append("\",\"size\":")
                .append(content.length()).append('}');
    }

    /** Its config. */
    public Content config() {
        return blobs.getFirst();
    }

    /** Its layers, bottom first. */
    public List<Content> layers() {
        return blobs.subList(1, blobs.size());
    }

    /** Bytes of all layers. */
    public long layerBytes() {
        return layers().stream().mapToLong(Content::length).sum();
    }
}
