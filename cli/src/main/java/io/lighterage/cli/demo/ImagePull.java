package io.lighterage.cli.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.cli.progress.PullProgress;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.ImageReference;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Pulls an image as an engine does: the manifest by its tag, then config and layers at once, checking every digest as
 * the bytes come. The content itself is dropped.
 */
final class ImagePull {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ACCEPT = String.join(
            ", ",
            DemoImage.MANIFEST_TYPE,
            "application/vnd.oci.image.index.v1+json",
            "application/vnd.docker.distribution.manifest.v2+json",
            "application/vnd.docker.distribution.manifest.list.v2+json");
    private static final int BUFFER = 1 << 16;
    private static final int LARGEST_MANIFEST = 4 << 20;

    private final URI base;
    private final ImageReference image;
    private final PullProgress progress;
    private final Duration deadline;

    /**
     * @param base a registry, or a mirror of several
     * @param deadline how long the whole pull may take
     */
    ImagePull(URI base, ImageReference image, PullProgress progress, Duration deadline) {
        this.base = base;
        this.image = image;
        this.progress = progress;
        this.deadline = deadline;
    }

    /** Pulls; the calling thread waits. */
    PullResult run() throws IOException, InterruptedException {
        long start = System.nanoTime();
        AtomicLong firstByte = new AtomicLong(Long.MAX_VALUE);
        try (HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(deadline)
                .build()) {
            byte[] manifest = manifest(client, image.manifest());
            Map<Digest, Long> blobs = blobs(client, manifest);
            long total = manifest.length
                    + blobs.values().stream().mapToLong(Long::longValue).sum();
            progress.expect(total);
            progress.add(manifest.length);
            List<Callable<Void>> work = new ArrayList<>();
            blobs.forEach((digest, length) -> work.add(() -> {
                fetch(client, digest, length, firstByte);
                return null;
            }));
            all(client, work);
            progress.finish();
            return new PullResult(firstByte.get() - start, System.nanoTime() - start, total);
        }
    }

    /** Does all of the work at once; the first failure ends the rest. */
    private void all(HttpClient client, List<Callable<Void>> work) throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + deadline.toNanos();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            try {
                CompletionService<Void> done = new ExecutorCompletionService<>(threads);
                work.forEach(done::submit);
                for (int i = 0; i < work.size(); i++) {
                    Future<Void> blob = done.poll(deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS);
                    if (blob == null) {
                        throw new IOException(
                                progress.name() + ": the pull took longer than " + deadline.toSeconds() + " s");
                    }
                    blob.get();
                }
            } catch (ExecutionException e) {
                throw new IOException(progress.name() + ": " + e.getCause().getMessage(), e.getCause());
            } finally {
                client.shutdownNow();
                threads.shutdownNow();
            }
        }
    }

    /** The image's config and layers with their lengths, from its manifest or the one for this machine in its index. */
    private Map<Digest, Long> blobs(HttpClient client, byte[] manifest) throws IOException, InterruptedException {
        JsonNode root = JSON.readTree(manifest);
        if (root.has("manifests")) {
            root = JSON.readTree(manifest(client, forThisMachine(root.path("manifests"))));
        }
        Map<Digest, Long> blobs = new LinkedHashMap<>();
        List<JsonNode> descriptors = new ArrayList<>(List.of(root.path("config")));
        root.path("layers").forEach(descriptors::add);
        for (JsonNode descriptor : descriptors) {
            blobs.put(Digest.parse(descriptor.path("digest").asText()), descriptor.path("size").asLong());
        }
        return blobs;
    }

    private String forThisMachine(JsonNode manifests) throws IOException {
        String architecture = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
        for (JsonNode manifest : manifests) {
            JsonNode platform = manifest.path("platform");
            if (platform.path("os").asText().equals("linux")
                    && platform.path("architecture").asText().equals(architecture)) {
                return manifest.path("digest").asText();
            }
        }
        throw new IOException("image " + image + " has no manifest for linux/" + architecture);
    }

    private byte[] manifest(HttpClient client, String reference) throws IOException, InterruptedException {
        HttpResponse<InputStream> answer = get(client, "manifests", reference);
        try (InputStream body = answer.body()) {
            byte[] manifest = body.readNBytes(LARGEST_MANIFEST);
            String expected = reference.startsWith("sha256:")
                    ? reference
                    : answer.headers().firstValue("Docker-Content-Digest").orElse(null);
            Digest digest = Digest.of(manifest);
            if (expected != null && !digest.equals(Digest.parse(expected))) {
                throw new IOException(answer.uri() + ": the digest is " + digest + " and not " + expected);
            }
            return manifest;
        }
    }

    private void fetch(HttpClient client, Digest digest, long length, AtomicLong firstByte)
            throws IOException, InterruptedException {
        HttpResponse<InputStream> answer = get(client, "blobs", digest.toString());
        MessageDigest hash = Digest.sha256();
        long received = 0;
        byte[] buffer = new byte[BUFFER];
        try (InputStream body = answer.body()) {
            for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
                if (received == 0) {
                    firstByte.accumulateAndGet(System.nanoTime(), Math::min);
                }
                hash.update(buffer, 0, count);
                received += count;
                progress.add(count);
            }
        }
        Digest actual = Digest.finish(hash);
        if (received != length || !actual.equals(digest)) {
            throw new IOException(answer.uri() + ": " + received + " bytes of digest " + actual + ", expected " + length
                    + " bytes of " + digest);
        }
    }

    private HttpResponse<InputStream> get(HttpClient client, String kind, String reference)
            throws IOException, InterruptedException {
        String path = "/v2/" + image.repository().name() + "/" + kind + "/" + reference;
        String ns = "?ns=" + URLEncoder.encode(image.repository().registry(), StandardCharsets.UTF_8);
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + path + ns))
                .header("Accept", kind.equals("manifests") ? ACCEPT : "*/*")
                .timeout(deadline)
                .build();
        HttpResponse<InputStream> answer = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
        if (answer.statusCode() != 200) {
            try (InputStream body = answer.body()) {
                String why = new String(body.readNBytes(300), StandardCharsets.UTF_8);
                throw new IOException(
                        request.uri() + " answers with status " + answer.statusCode() + " " + why.strip());
            }
        }
        return answer;
    }
}
