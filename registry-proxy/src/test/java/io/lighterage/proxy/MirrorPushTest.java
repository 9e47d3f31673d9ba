package io.lighterage.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pushes to a registry that was named for them; the registry is played here, the tests of processes have a real one. */
class MirrorPushTest {
    private final List<PushUpstream.Push> pushes = new ArrayList<>();
    private final List<Integer> lengths = new ArrayList<>();
    private MirrorFixture fixture;

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        fixture = new MirrorFixture(directory, config -> config.withPushThrough(Set.of("registry.test")), this::take);
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private synchronized Registry.Response take(PushUpstream.Push push) throws IOException {
        pushes.add(push);
        lengths.add(push.body().readAllBytes().length);
        return new Registry.Response(
                202, Map.of("Location", "/v2/app/blobs/uploads/7?_state=x"), new ByteArrayInputStream(new byte[0]));
    }

    private HttpResponse<byte[]> send(String method, String path, HttpRequest.BodyPublisher body) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + fixture.mirror.address().getPort() + path);
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            return client.send(
                    HttpRequest.newBuilder(uri)
                            .timeout(MirrorFixture.PATIENCE)
                            .header("Authorization", "Bearer mine")
                            .method(method, body)
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
        }
    }

    @Test
    void anUploadPassesAndItsPlaceLeadsBackThroughTheMirror() throws Exception {
        byte[] megabytes = new byte[3 << 20];
        HttpResponse<byte[]> begun =
                send("POST", "/v2/registry.test/app/blobs/uploads/", HttpRequest.BodyPublishers.noBody());
        assertThat(begun.statusCode()).isEqualTo(202);
        assertThat(begun.headers().firstValue("location")).contains("/v2/registry.test/app/blobs/uploads/7?_state=x");
        HttpResponse<byte[]> sent = send(
                "PATCH",
                "/v2/app/blobs/uploads/7?_state=x&ns=registry.test",
                HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(megabytes)));
        assertThat(sent.headers().firstValue("location")).contains("/v2/app/blobs/uploads/7?_state=x&ns=registry.test");
        send("PUT", "/v2/registry.test/app/blobs/uploads/7?digest=d", HttpRequest.BodyPublishers.ofByteArray(megabytes));
        assertThat(lengths).containsExactly(0, megabytes.length, megabytes.length);
        assertThat(pushes).extracting(PushUpstream.Push::path).containsExactly(
                "/blobs/uploads/", "/blobs/uploads/7", "/blobs/uploads/7");
        assertThat(pushes).extracting(PushUpstream.Push::query).containsExactly("", "_state=x", "digest=d");
        assertThat(pushes).extracting(PushUpstream.Push::length).containsExactly(0L, -1L, (long) megabytes.length);
        assertThat(pushes).allSatisfy(push -> assertThat(push.headers()).containsEntry("authorization", "Bearer mine"));
    }

    @Test
    void aTagThatWasPushedIsAskedForAgain() throws Exception {
        byte[] image = "{\"schemaVersion\":2,\"config\":{},\"layers\":[]}".getBytes();
        fixture.upstream.answer(exchange ->
                TestUpstream.reply(exchange, 200, image, "Content-Type", ManifestDocument.OCI_MANIFEST));
        fixture.get("/v2/app/manifests/latest?ns=registry.test");
        send("PUT", "/v2/app/manifests/latest?ns=registry.test", HttpRequest.BodyPublishers.ofByteArray(image));
        fixture.get("/v2/app/manifests/latest?ns=registry.test");
        assertThat(fixture.upstream.log()).hasSize(2);
    }

    @Test
    void anotherRegistryTakesNoPush() throws Exception {
        HttpResponse<byte[]> answer = send("POST", "/v2/quay.io/app/blobs/uploads/", HttpRequest.BodyPublishers.noBody());
        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(send("DELETE", "/v2/registry.test/app/tags/list", HttpRequest.BodyPublishers.noBody()).statusCode())
                .isEqualTo(405);
        assertThat(pushes).isEmpty();
        assertThat(fixture.mirror.statistics().rejected()).containsEntry("push", 2L);
    }
}
