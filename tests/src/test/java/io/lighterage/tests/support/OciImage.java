package io.lighterage.tests.support;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * An image in a directory: an OCI image layout (OCI Image Format Specification 1.0, "Image Layout") of one manifest.
 *
 * @param layout the directory
 * @param manifest the manifest's digest
 * @param blobs config and layers, in the order of the manifest
 */
public record OciImage(Path layout, Digest manifest, List<Blob> blobs) {
    /** The image's name in its layout. */
    public static final String TAG = "latest";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
    private static final String CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
    private static final String LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";

    /** A blob of the image. */
    public record Blob(String mediaType, Digest digest, long length) {}

    /** Config and layers together, in bytes. */
    public long length() {
        return blobs.stream().mapToLong(Blob::length).sum();
    }

    /** The largest blob. */
    public Blob largest() {
        return blobs.stream().max((a, b) -> Long.compare(a.length(), b.length())).orElseThrow();
    }

    /**
     * Makes an image.
     *
     * @param layout where; must not be there yet
     * @param layers gzipped tar files, the lowest first
     * @param command what a container of it runs
     */
    public static OciImage create(Path layout, List<Path> layers, String... command) throws IOException {
        Path blobDirectory = Files.createDirectories(layout.resolve("blobs/sha256"));
        List<Blob> layerBlobs = new ArrayList<>();
        List<Digest> diffIds = new ArrayList<>();
        for (Path layer : layers) {
            Digest digest = digestOf(Files.newInputStream(layer));
            diffIds.add(digestOf(new GZIPInputStream(Files.newInputStream(layer), 1 << 16)));
            Files.copy(layer, blobDirectory.resolve(digest.hex()));
            layerBlobs.add(new Blob(LAYER_TYPE, digest, Files.size(layer)));
        }
        List<Blob> blobs = new ArrayList<>();
        blobs.add(write(blobDirectory, CONFIG_TYPE, config(diffIds, command)));
        blobs.addAll(layerBlobs);
        Blob manifest = write(blobDirectory, MANIFEST_TYPE, manifest(blobs));
        ObjectNode index = JSON.createObjectNode().put("schemaVersion", 2);
        ObjectNode descriptor = index.putArray("manifests").addObject();
        describe(descriptor, manifest);
        descriptor.putObject("annotations").put("org.opencontainers.image.ref.name", TAG);
        Files.write(layout.resolve("index.json"), JSON.writeValueAsBytes(index));
        Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        return new OciImage(layout, manifest.digest(), List.copyOf(blobs));
    }

    private static byte[] config(List<Digest> diffIds, String... command) throws IOException {
        ObjectNode config = JSON.createObjectNode().put("architecture", "amd64").put("os", "linux");
        ObjectNode run = config.putObject("config");
        run.putArray("Env").add("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        Stream.of(command).forEach(run.putArray("Cmd")::add);
        ArrayNode ids = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
        diffIds.forEach(id -> ids.add(id.toString()));
        return JSON.writeValueAsBytes(config);
    }

    private static byte[] manifest(List<Blob> blobs) throws IOException {
        ObjectNode manifest = JSON.createObjectNode().put("schemaVersion", 2).put("mediaType", MANIFEST_TYPE);
        describe(manifest.putObject("config"), blobs.getFirst());
        ArrayNode layers = manifest.putArray("layers");
        blobs.stream().skip(1).forEach(blob -> describe(layers.addObject(), blob));
        return JSON.writeValueAsBytes(manifest);
    }

    private static void describe(ObjectNode node, Blob blob) {
        node.put("mediaType", blob.mediaType()).put("digest", blob.digest().toString()).put("size", blob.length());
    }

    private static Blob write(Path directory, String mediaType, byte[] content) throws IOException {
        Digest digest = Digest.of(content);
        Files.write(directory.resolve(digest.hex()), content);
        return new Blob(mediaType, digest, content.length);
    }

    static Digest digestOf(InputStream content) throws IOException {
        MessageDigest hash = Digest.sha256();
        try (content) {
            content.transferTo(new DigestOutputStream(OutputStream.nullOutputStream(), hash));
        }
        return Digest.finish(hash);
    }
}
