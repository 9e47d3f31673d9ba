package io.lighterage.tests.mirror;

import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * One manifest of every kind and the blobs that they name, put into a real registry over its push API.
 *
 * @param manifests by tag
 * @param blobs their contents by the digest that names them, one of them a sha512
 */
record Cargo(String repository, Map<String, Manifest> manifests, Map<String, byte[]> blobs) {
    static final String OCI = "application/vnd.oci.image.manifest.v1+json";
    static final String INDEX = "application/vnd.oci.image.index.v1+json";
    static final String DOCKER = "application/vnd.docker.distribution.manifest.v2+json";
    static final String LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
    private static final String FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

    /** A manifest as it was pushed. */
    record Manifest(String type, byte[] content) {
        String digest() {
            return Digest.of(content).toString();
        }
    }

    /** Puts everything into {@code repository}. */
    static Cargo push(URI registry, String repository) throws IOException {
        Map<String, byte[]> blobs = new LinkedHashMap<>();
        byte[] layer = new byte[300_001];
        new Random(4).nextBytes(layer);
        byte[] config = ("{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},\"history\":[{\"comment\":\""
                + "of some length ".repeat(30) + "\"}],\"rootfs\":{\"type\":"
                + "\"layers\",\"diff_ids\":[\"" + Digest.of(layer) + "\"]}}").getBytes();
        byte[] longNamed = "named by its sha512".repeat(100).getBytes();
        byte[] empty = new byte[0];
        for (byte[] blob : List.of(config, layer, empty)) {
            blobs.put(Digest.of(blob).toString(), blob);
        }
        blobs.put(sha512(longNamed), longNamed);
        for (Map.Entry<String, byte[]> blob : blobs.entrySet()) {
            pushBlob(registry, repository, blob.getKey(), blob.getValue());
        }
        Map<String, Manifest> manifests = new LinkedHashMap<>();
        String parts = "\"config\":" + descriptor("application/vnd.docker.container.image.v1+json", config)
                + ",\"layers\":["
                + descriptor("application/vnd.docker.image.rootfs.diff.tar.gzip", layer);
        add(manifests, "oci", OCI, parts + "]");
        add(manifests, "docker", DOCKER, parts + "]");
        add(manifests, "empty-layer", OCI, parts + "," + descriptor("application/octet-stream", empty) + "]");
        add(manifests, "foreign", DOCKER, parts + "," + descriptor(FOREIGN, "elsewhere".getBytes())
                .replace("}", ",\"urls\":[\"http://127.0.0.1:1/elsewhere\"]}") + "]");
        add(manifests, "artifact", OCI, "\"artifactType\":\"application/vnd.example.sbom\"," + parts
                + "],\"subject\":" + descriptor(OCI, manifests.get("oci").content)
                + ",\"annotations\":{\"org.example\":\"\u00e4\"}");
        StringBuilder platforms = new StringBuilder();
        StringBuilder dockerPlatforms = new StringBuilder();
        for (String cpu : List.of("amd64", "arm64", "s390x", "riscv64", "ppc64le")) {
            platforms.append(platforms.isEmpty() ? "" : ",").append(platform(OCI, manifests.get("oci").content, cpu));
            dockerPlatforms.append(dockerPlatforms.isEmpty() ? "" : ",")
                    .append(platform(DOCKER, manifests.get("docker").content, cpu));
        }
        add(manifests, "index", INDEX, "\"manifests\":[" + platforms + "]");
        add(manifests, "list", LIST, "\"manifests\":[" + dockerPlatforms + "]");
        // What a client looks for where a registry has no referrers API (distribution specification, "Referrers Tag
        // Schema").
        add(manifests, manifests.get("oci").digest().replace(':', '-'), INDEX,
                "\"manifests\":[" + descriptor(OCI, manifests.get("artifact").content) + "]");
        add(manifests, "T" + "a".repeat(120) + "_-.9", OCI, parts + "],\"annotations\":{\"a\":\"b\"}");
        for (Map.Entry<String, Manifest> one : manifests.entrySet()) {
            RawHttp.Answer answer = RawHttp.send(
                    registry, "PUT", "/v2/" + repository + "/manifests/" + one.getKey(),
                    Map.of("Content-Type", one.getValue().type), one.getValue().content);
            expect(201, answer, one.getKey());
        }
        return new Cargo(repository, manifests, blobs);
    }

    private static void add(Map<String, Manifest> manifests, String tag, String type, String rest) {
        String json = "{\"schemaVersion\":2,\"mediaType\":\"" + type + "\"," + rest + "}";
        manifests.put(tag, new Manifest(type, json.getBytes()));
    }

    private static String descriptor(String type, byte[] content) {
        return "{\"mediaType\":\"" + type + "\",\"digest\":\"" + Digest.of(content)
                + "\",\"size\":" + content.length + "}";
    }

    private static String platform(String type, byte[] content, String cpu) {
        String descriptor = descriptor(type, content);
        return descriptor.substring(0, descriptor.length() - 1) + ",\"platform\":{\"architecture\":\"" + cpu
                + "\",\"os\":\"linux\"}}";
    }

    static void pushBlob(URI registry, String repository, String digest, byte[] content) throws IOException {
        RawHttp.Answer begun =
                RawHttp.send(registry, "POST", "/v2/" + repository + "/blobs/uploads/", Map.of(), new byte[0]);
        expect(202, begun, digest);
        URI place = registry.resolve(begun.header("location").orElseThrow());
        String query = place.getRawQuery() == null ? "" : place.getRawQuery() + "&";
        RawHttp.Answer done = RawHttp.send(
                registry, "PUT", place.getRawPath() + "?" + query + "digest=" + digest,
                Map.of("Content-Type", "application/octet-stream"), content);
        expect(201, done, digest);
    }

    private static void expect(int status, RawHttp.Answer answer, String what) {
        if (answer.status() != status) {
            throw new AssertionError("pushing " + what + ": " + answer.status() + " " + answer.text());
        }
    }

    private static String sha512(byte[] content) {
        try {
            return "sha512:" + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-512").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-512", e);
        }
    }
}
