package io.lighterage.supernode.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.store.BlobReader;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.supernode.upstream.RegistryClient;
import io.lighterage.supernode.upstream.RegistryRequest;
import io.lighterage.supernode.upstream.RegistryResponse;
import io.lighterage.supernode.upstream.UpstreamConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against Debian's docker-registry, which wants a password. */
@Timeout(120)
class RealRegistryTest {
    private static final Path PROGRAM = Path.of("/usr/bin/docker-registry");
    private static final Path HTPASSWD = Path.of("/usr/bin/htpasswd");
    private static final String PAIR = "ann:secret-of-ann";
    private static final String BASIC =
            "Basic " + Base64.getEncoder().encodeToString(PAIR.getBytes(StandardCharsets.UTF_8));

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private Process registry;
    private String name;

    @BeforeEach
    void start() throws Exception {
        boolean installed = Files.isExecutable(PROGRAM) && Files.isExecutable(HTPASSWD);
        String reason = "needs the Debian packages docker-registry and apache2-utils";
        if (!installed && "1".equals(System.getenv("LIGHTERAGE_REQUIRE_ENGINES"))) {
            fail(reason);
        }
        Assumptions.assumeTrue(installed, reason);
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            name = "127.0.0.1:" + free.getLocalPort();
        }
        Path passwords = directory.resolve("htpasswd");
        Process htpasswd = new ProcessBuilder(HTPASSWD.toString(), "-Bbn", "ann", "secret-of-ann")
                .redirectOutput(passwords.toFile())
                .start();
        assertThat(htpasswd.waitFor(20, TimeUnit.SECONDS)).isTrue();
        Path config = directory.resolve("config.yml");
        Files.writeString(config, """
            version: 0.1
            storage:
              filesystem:
                rootdirectory: %s
            http:
              addr: %s
            auth:
              htpasswd:
                realm: test
                path: %s
            """.formatted(directory.resolve("registry"), name, passwords));
        registry = new ProcessBuilder(PROGRAM.toString(), "serve", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(log().toFile())
                .start();
        awaitReady();
    }

    private Path log() {
        return directory.resolve("registry.log");
    }

    private void awaitReady() throws IOException, InterruptedException {
        UpstreamConfig patient = UpstreamConfig.defaults().toBuilder()
                .upstream(name, URI.create("http://" + name))
                .retries(60, Duration.ofMillis(50))
                .build();
        try (RegistryClient client = new RegistryClient(patient);
                RegistryResponse response = client.request(RegistryRequest.ping(name))) {
            assertThat(response.status()).isEqualTo(401);
            assertThat(response.header("WWW-Authenticate")).contains("Basic realm=\"test\"");
        }
    }

    @AfterEach
    void stop() throws InterruptedException {
        http.close();
        if (registry != null) {
            registry.destroy();
            assertThat(registry.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    private Digest push(byte[] content) throws IOException, InterruptedException {
        Digest digest = Digest.of(content);
        HttpResponse<String> begun = http.send(
                request("/v2/team/app/blobs/uploads/").POST(BodyPublishers.noBody()).build(), BodyHandlers.ofString());
        assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
        String location = begun.headers().firstValue("Location").orElseThrow();
        URI upload = URI.create("http://" + name)
                .resolve(location + (location.contains("?") ? "&" : "?") + "digest=" + digest);
        HttpResponse<String> done = http.send(
                HttpRequest.newBuilder(upload)
                        .header("Authorization", BASIC)
                        .header("Content-Type", "application/octet-stream")
                        .PUT(BodyPublishers.ofByteArray(content))
                        .build(),
                BodyHandlers.ofString());
        assertThat(done.statusCode()).as(done.body()).isEqualTo(201);
        return digest;
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://" + name + path)).header("Authorization", BASIC);
    }

    private StoredBlob ingest(byte[] content, int hint) throws Exception {
        Digest digest = push(content);
        Path dockerConfig = directory.resolve("config.json");
        String auth = Base64.getEncoder().encodeToString(PAIR.getBytes(StandardCharsets.UTF_8));
        Files.writeString(dockerConfig, "{\"auths\":{\"http://" + name + "/v2/\":{\"auth\":\"" + auth + "\"}}}");
        UpstreamConfig config = UpstreamConfig.defaults().toBuilder()
                .upstream(name, URI.create("http://" + name))
                .dockerConfig(dockerConfig)
                .segments(1 << 20, 8L << 20)
                .build();
        RecordingListener listener = new RecordingListener();
        try (RegistryClient client = new RegistryClient(config);
                BlobStore store = BlobStore.open(directory.resolve("store-" + digest.hex()));
                Ingest ingest = new Ingest(store, client, config, directory.resolve("spool"), listener)) {
            if (hint > 0) {
                ingest.hint(digest, hint);
            }
            ingest.start(digest, BlobSource.of(new Repository(name, "team/app"))).get(60, TimeUnit.SECONDS);
            StoredBlob blob = listener.awaitCompleted();
            ByteBuffer read = ByteBuffer.allocate(content.length);
            try (BlobReader reader = blob.open()) {
                reader.read(0, read);
            }
            assertThat(read.array()).isEqualTo(content);
            assertThat(client.statistics().bytes()).isLessThan(content.length + 4096L);
            return blob;
        }
    }

    private long blobGets(StoredBlob blob, int status) throws IOException {
        String line = "\"GET /v2/team/app/blobs/" + blob.info().digest() + " HTTP/1.1\" " + status;
        try (var lines = Files.lines(log())) {
            return lines.filter(l -> l.contains(line)).count();
        }
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @Test
    void aSmallBlobIsOneLineInTheAccessLog() throws Exception {
        StoredBlob blob = ingest(bytes(3_000_001), 0);
        assertThat(blobGets(blob, 206)).isEqualTo(1);
        assertThat(blobGets(blob, 200)).isZero();
    }

    @Test
    void aLargeBlobIsReadInSegments() throws Exception {
        int length = (20 << 20) + 11;
        StoredBlob blob = ingest(bytes(length), length);
        assertThat(blobGets(blob, 206)).isEqualTo(21);
    }

    @Test
    void anEmptyBlobIsRead() throws Exception {
        assertThat(ingest(new byte[0], 0).info().length()).isZero();
    }
}
