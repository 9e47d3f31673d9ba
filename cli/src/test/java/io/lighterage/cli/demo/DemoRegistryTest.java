package io.lighterage.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.swarm.TokenBucket;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.Repository;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoRegistryTest {
    private static final long FAST = 1L << 40;

    @TempDir
    private Path directory;

    private final Map<String, byte[]> contents = new HashMap<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private DemoImage image;
    private DemoRegistry registry;

    @BeforeEach
    void buildImage() throws Exception {
        Path home = Files.createDirectories(directory.resolve("jdk"));
        Random random = new Random(7);
        for (String name : List.of("lib/modules", "lib/libjvm.so", "bin/java", "lib/server/classes.jsa")) {
            contents.put("opt/java/" + name, write(home.resolve(name), random));
        }
        Path jar = directory.resolve("cp/lighter.jar");
        contents.put("opt/lighterage/lib/lighter.jar", write(jar, random));
        Path target = Files.createDirectory(directory.resolve("image"));
        image = new ImageBuilder(new MachineFiles(home, List.of(jar)), target).build(0);
        registry = DemoRegistry.start(image, new TokenBucket(FAST));
    }

    @AfterEach
    void close() {
        registry.close();
        client.close();
    }

    @Test
    void layersHaveTheDigestsThatTheirDescriptorsSayAndHoldTheFiles() throws IOException {
        Map<String, byte[]> found = new HashMap<>();
        for (DemoLayer layer : image.layers()) {
            byte[] blob = Files.readAllBytes(layer.file());
            boolean gzip = layer.mediaType().equals(DemoLayer.TAR_GZIP);
            byte[] tar = gzip ? new GZIPInputStream(new ByteArrayInputStream(blob)).readAllBytes() : blob;
            assertThat(layer.length()).isEqualTo(blob.length);
            assertThat(layer.digest()).isEqualTo(Digest.of(blob));
            assertThat(layer.diffId()).isEqualTo(Digest.of(tar));
            try (TarArchiveInputStream archive = new TarArchiveInputStream(new ByteArrayInputStream(tar))) {
                for (TarArchiveEntry entry = archive.getNextEntry(); entry != null; entry = archive.getNextEntry()) {
                    found.put(entry.getName(), archive.readAllBytes());
                }
            }
        }
        assertThat(image.layers()).extracting(DemoLayer::mediaType).containsOnly(DemoLayer.TAR_GZIP);
        assertThat(found.keySet()).isEqualTo(contents.keySet());
        found.forEach((name, bytes) -> assertThat(bytes).as(name).isEqualTo(contents.get(name)));
    }

    @Test
    void anImageThatIsTooSmallIsFilledWithLibrariesOfTheMachine() throws Exception {
        Path target = Files.createDirectory(directory.resolve("bigger"));
        DemoImage bigger = new ImageBuilder(new MachineFiles(directory.resolve("jdk"), List.of()), target)
                .build(image.length() + 3_000_000);

        assertThat(bigger.length()).isGreaterThan(image.length() + 3_000_000);
    }

    @Test
    void servesRangesAsTheyAreAskedFor() throws Exception {
        DemoLayer layer = image.layers().getFirst();
        byte[] blob = Files.readAllBytes(layer.file());
        int length = blob.length;

        assertRange("bytes=10-19", blob, 10, 20);
        assertRange("bytes=5-", blob, 5, length);
        assertRange("bytes=-7", blob, length - 7, length);
        assertRange("bytes=" + (length - 3) + "-" + (length + 100), blob, length - 3, length);
        assertThat(get("GET", layer, "bytes=" + length + "-").statusCode()).isEqualTo(416);
        assertThat(get("GET", layer, "bytes=9-3").statusCode()).isEqualTo(416);
    }

    @Test
    void countsWhatItSendsForEachBlobAndNothingForAHead() throws Exception {
        DemoLayer layer = image.layers().getFirst();

        HttpResponse<byte[]> head = get("HEAD", layer, null);
        assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(layer.length());
        assertThat(registry.totalSent()).isZero();

        get("GET", layer, null);
        get("GET", layer, "bytes=0-99");
        assertThat(registry.sent()).containsExactly(Map.entry(layer.digest(), layer.length() + 100));
    }

    @Test
    void answersWhatItDoesNotHaveWithAnErrorOfTheSpecification() throws Exception {
        URI unknown = URI.create(registry.url() + "/v2/demo/image/blobs/" + Digest.of(new byte[0]));

        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(unknown).build(), HttpResponse.BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body()).contains("BLOB_UNKNOWN");
    }

    @Test
    void aCrowdPullsEverythingVerifiedAndItsBytesAreCounted() throws Exception {
        StringWriter shown = new StringWriter();

        List<PullResult> results = CrowdPull.run(
                Collections.nCopies(3, registry.url()), "client", reference(), new PrintWriter(shown));

        assertThat(results).hasSize(3).allSatisfy(result -> {
            assertThat(result.bytes()).isEqualTo(image.length());
            assertThat(result.firstByteNs()).isPositive().isLessThanOrEqualTo(result.totalNs());
        });
        assertThat(registry.totalSent()).isEqualTo(3 * image.length());
        assertThat(shown.toString()).contains("client-1 100 %").contains("client-3 100 %");
    }

    @Test
    void aPullRefusesALayerWithOtherBytes() throws Exception {
        DemoLayer layer = image.layers().getLast();
        byte[] blob = Files.readAllBytes(layer.file());
        blob[blob.length / 2] ^= 1;
        Files.write(layer.file(), blob);
        List<URI> bases = List.of(registry.url());
        ImageReference reference = reference();
        PrintWriter out = new PrintWriter(new StringWriter());

        assertThatIOException()
                .isThrownBy(() -> CrowdPull.run(bases, "client", reference, out))
                .withMessageContaining(layer.digest().toString());
    }

    private static ImageReference reference() {
        return new ImageReference(
                new Repository("demo.lighterage.local", DemoRegistry.REPOSITORY),
                Optional.of(DemoRegistry.TAG),
                Optional.empty());
    }

    private void assertRange(String header, byte[] blob, int from, int to) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = get("GET", image.layers().getFirst(), header);
        assertThat(answer.statusCode()).as(header).isEqualTo(206);
        assertThat(answer.body()).as(header).isEqualTo(Arrays.copyOfRange(blob, from, to));
        assertThat(answer.headers().firstValue("Content-Range"))
                .contains("bytes " + from + "-" + (to - 1) + "/" + blob.length);
    }

    private HttpResponse<byte[]> get(String method, DemoLayer layer, String range)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(registry.url() + "/v2/demo/image/blobs/" + layer.digest()))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (range != null) {
            request.header("Range", range);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static byte[] write(Path file, Random random) throws IOException {
        byte[] bytes = new byte[20_000 + random.nextInt(200_000)];
        random.nextBytes(bytes);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
        return bytes;
    }
}
