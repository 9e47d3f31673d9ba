package io.lighterage.blockdev.image;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lighterage.peer.content.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/** Layers of an image for tests, lowest first, each an archive. */
record LayerStack(List<byte[]> archives) {
    static final String GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";
    static final String PLAIN = "application/vnd.oci.image.layer.v1.tar";
    private static final ObjectMapper JSON = new ObjectMapper();

    static LayerStack of(byte[]... archives) {
        return new LayerStack(List.of(archives));
    }

    static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    /** Flattens one layer that was compressed already; its data goes to {@code data}. */
    static LayerEntries flatten(byte[] blob, String mediaType, byte[] archive, OutputStream data)
            throws IOException, InterruptedException {
        return flatten(new Layer(Digest.of(blob), mediaType, Digest.of(archive)), blob, data, LayerLimits.DEFAULT);
    }

    static LayerEntries flatten(Layer layer, byte[] blob, OutputStream data, LayerLimits limits)
            throws IOException, InterruptedException {
        WritableByteChannel channel = Channels.newChannel(data);
        return new LayerFlattener(limits).flatten(layer, new ByteArrayInputStream(blob), bytes -> channel.write(bytes));
    }

    /** The merged tree and its data. */
    Images.Sample merge() throws IOException, InterruptedException {
        LayerMerge merge = new LayerMerge();
        List<byte[]> blobs = new ArrayList<>();
        for (byte[] archive : archives) {
            ByteArrayOutputStream data = new ByteArrayOutputStream();
            LayerEntries entries = flatten(archive, PLAIN, archive, data);
            merge.add(new Layer(Digest.of(archive), PLAIN, entries.diffId()), LayerEntries.parse(entries.bytes()));
            if (data.size() > 0) {
                blobs.add(data.toByteArray());
            }
        }
        return new Images.Sample(merge.root(), blobs);
    }

    /** Writes the image as a layout of one image, gzipped. */
    void writeTo(Path layout, Optional<String> tag) throws IOException {
        Path blobs = Files.createDirectories(layout.resolve("blobs/sha256"));
        ObjectNode config = JSON.createObjectNode().put("architecture", "amd64").put("os", "linux");
        config.putObject("config");
        ArrayNode diffIds = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
        ObjectNode manifest = JSON.createObjectNode().put("schemaVersion", 2);
        ObjectNode configDescriptor = manifest.putObject("config");
        ArrayNode layers = manifest.putArray("layers");
        for (byte[] archive : archives) {
            diffIds.add(Digest.of(archive).toString());
            put(blobs, layers.addObject(), GZIP, gzip(archive));
        }
        put(blobs, configDescriptor, "application/vnd.oci.image.config.v1+json", JSON.writeValueAsBytes(config));
        ObjectNode index = JSON.createObjectNode().put("schemaVersion", 2);
        ObjectNode descriptor = index.putArray("manifests").addObject();
        put(blobs, descriptor, "application/vnd.oci.image.manifest.v1+json", JSON.writeValueAsBytes(manifest));
        tag.ifPresent(name -> descriptor.putObject("annotations").put("org.opencontainers.image.ref.name", name));
        Files.write(layout.resolve("index.json"), JSON.writeValueAsBytes(index));
        Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    }

    private static void put(Path blobs, ObjectNode descriptor, String mediaType, byte[] content) throws IOException {
        Digest digest = Digest.of(content);
        Files.write(blobs.resolve(digest.hex()), content);
        descriptor.put("mediaType", mediaType).put("digest", digest.toString()).put("size", content.length);
    }
}
