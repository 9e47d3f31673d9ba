package io.lighterage.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.bench.masspull.ImageSource;
import io.lighterage.bench.masspull.PulledImage;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.InvalidDigestException;
import io.lighterage.peer.content.InvalidReferenceException;
import io.lighterage.supernode.upstream.RegistryClient;
import io.lighterage.supernode.upstream.RegistryRequest;
import io.lighterage.supernode.upstream.RegistryResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An image of a registry for a measurement, for Linux and this machine's architecture if it has several. */
record ReferenceImage(String name) implements ImageSource {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LARGEST_MANIFEST = 4 << 20;
    private static final String ACCEPT = String.join(
            ", ", "application/vnd.oci.image.index.v1+json",
                    "application/vnd.docker.distribution.manifest.list.v2+json",
            PulledImage.MANIFEST_TYPE, "application/vnd.docker.distribution.manifest.v2+json");

    /** A manifest and what it says that it is. */
    private record Manifest(String type, byte[] bytes, JsonNode root) {}

    @Override
    public PulledImage bring(Path directory) throws IOException, InterruptedException {
        ImageReference reference;
        try {
            reference = ImageReference.parse(name);
        } catch (InvalidReferenceException e) {
            throw new IOException("image: " + e.getMessage(), e);
        }
        try (RegistryClient client =
                new RegistryClient(Wiring.upstream(Map.of(), Optional.empty(), Optional.empty(),
                        SecurityConfig.PLAIN))) {
            Manifest manifest = manifest(client, reference, reference.manifest());
            if (manifest.root.has("manifests")) {
                manifest = manifest(client, reference, forThisMachine(manifest.root.path("manifests")));
            }
            List<PulledImage.Content> blobs = new ArrayList<>();
            blobs.add(blob(client, reference, manifest.root.path("config"), directory));
            for (JsonNode layer : manifest.root.path("layers")) {
                blobs.add(blob(client, reference, layer, directory));
            }
            return new PulledImage(manifest.type, manifest.bytes, blobs);
        }
    }

    private Manifest manifest(RegistryClient client, ImageReference reference, String which)
            throws IOException, InterruptedException {
        RegistryRequest request = RegistryRequest.of(RegistryRequest.Method.GET, reference.repository(), "manifests/"
                + which);
        request = new RegistryRequest(
                request.method(), request.registry(), request.repository(), request.path(), request.query(),
                        Map.of("Accept", ACCEPT),
                "", true);
        try (RegistryResponse answer = client.request(request)) {
            if (answer.status() != 200) {
                throw new IOException("image: " + name + " is answered with status " + answer.status());
            }
            byte[] bytes = answer.body().readNBytes(LARGEST_MANIFEST);
            JsonNode root = JSON.readTree(bytes);
            return new Manifest(root.path("mediaType").asText(PulledImage.MANIFEST_TYPE), bytes, root);
        }
    }

    private String forThisMachine(JsonNode entries) throws IOException {
        String architecture = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
        for (JsonNode entry : entries) {
            JsonNode platform = entry.path("platform");
            if (platform.path("os").asText().equals("linux") && platform.path("architecture").asText()
                    .equals(architecture)) {
                return entry.path("digest").asText();
            }
        }
        throw new IOException("image: " + name + " has no manifest for linux/" + architecture);
    }

    private PulledImage.Content blob(RegistryClient client, ImageReference reference, JsonNode descriptor,
            Path directory)
            throws IOException, InterruptedException {
        Digest digest;
        try {
            digest = Digest.parse(descriptor.path("digest").asText());
        } catch (InvalidDigestException e) {
            throw new IOException("image: " + name + ": " + e.getMessage(), e);
        }
        Path file = directory.resolve(digest.hex());
        RegistryRequest plain = RegistryRequest.of(RegistryRequest.Method.GET, reference.repository(), "blobs/"
                + digest);
        RegistryRequest request = new RegistryRequest(
                plain.method(), plain.registry(), plain.repository(), plain.path(), plain.query(), Map.of(), "", true);
        try (RegistryResponse answer = client.request(request);
                InputStream in = answer.body();
                OutputStream out = Files.newOutputStream(file)) {
            if (answer.status() != 200) {
                throw new IOException("image: " + digest + " of " + name + " is answered with status "
                        + answer.status());
            }
            in.transferTo(out);
        }
        PulledImage.Content content = PulledImage.Content.of(file);
        if (!content.digest().equals(digest)) {
            throw new IOException("image: a blob of " + name + " has not the digest " + digest);
        }
        return content;
    }
}
