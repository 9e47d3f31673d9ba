package io.lighterage.tests.convert;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lighterage.peer.content.Digest;
import io.lighterage.tests.support.OciImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Changes images, with all digests in order but those that are changed. */
final class Tampering {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Tampering() {}

    /** Lets the config say of layer {@code index} that its archive has the digest {@code diffId}. */
    static OciImage withDiffId(OciImage image, int index, Digest diffId) throws IOException {
        ObjectNode config = read(image.layout(), image.blobs().getFirst().digest());
        ((ArrayNode) config.path("rootfs").path("diff_ids")).set(index, diffId.toString());
        byte[] written = JSON.writeValueAsBytes(config);
        return replace(image, 0, written);
    }

    /** Puts {@code bytes} in the place of the blob {@code index} of the image: its config first, then its layers. */
    static OciImage replace(OciImage image, int index, byte[] bytes) throws IOException {
        Digest digest = write(image.layout(), bytes);
        ObjectNode manifest = read(image.layout(), image.manifest());
        ObjectNode descriptor = (ObjectNode)
                (index == 0 ? manifest.path("config") : manifest.path("layers").path(index - 1));
        descriptor.put("digest", digest.toString()).put("size", bytes.length);
        byte[] written = JSON.writeValueAsBytes(manifest);
        Digest manifestDigest = write(image.layout(), written);
        Path file = image.layout().resolve("index.json");
        ObjectNode layout = (ObjectNode) JSON.readTree(Files.readAllBytes(file));
        ((ObjectNode) layout.path("manifests").path(0))
                .put("digest", manifestDigest.toString())
                .put("size", written.length);
        Files.write(file, JSON.writeValueAsBytes(layout));
        return new OciImage(image.layout(), manifestDigest, image.blobs());
    }

    private static ObjectNode read(Path layout, Digest digest) throws IOException {
        return (ObjectNode) JSON.readTree(Files.readAllBytes(layout.resolve("blobs/sha256").resolve(digest.hex())));
    }

    private static Digest write(Path layout, byte[] bytes) throws IOException {
        Digest digest = Digest.of(bytes);
        Files.write(layout.resolve("blobs/sha256").resolve(digest.hex()), bytes);
        return digest;
    }
}
