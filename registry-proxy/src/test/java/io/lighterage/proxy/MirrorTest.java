package io.lighterage.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.peer.content.Digest;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MirrorTest {
    private static final Digest DIGEST = Digest.of(new byte[0]);
    private static final Registry NOBODY = request -> {
        throw new IOException("nobody is asked");
    };

    private MirrorFixture fixture;

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        fixture = new MirrorFixture(directory);
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    @Test
    void theBaseSaysThatThisIsARegistry() throws Exception {
        for (String path : new String[] {"/v2", "/v2/"}) {
            HttpResponse<byte[]> answer = fixture.get(path);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("docker-distribution-api-version")).contains("registry/2.0");
        }
        assertThat(fixture.get("/healthz").statusCode()).isEqualTo(200);
        assertThat(MirrorFixture.text(fixture.get("/mounted"))).isEqualTo("here");
        MirrorFixture.await("both are counted", () -> Long.valueOf(2).equals(
                fixture.mirror.statistics().requests().get(new MirrorStatistics.RouteStatus("base", 200))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE"})
    void pushesAreNotSupported(String method) throws Exception {
        HttpResponse<byte[]> answer = fixture.send(method, "/v2/app/blobs/uploads/");
        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("allow")).contains("GET, HEAD");
        assertError(answer, "UNSUPPORTED", method);
    }

    @ParameterizedTest
    @CsvSource({
        "/nothing, 404, NOT_FOUND",
        "/v2/_catalog, 404, NOT_FOUND",
        "/v2/UPPER/manifests/latest, 404, NAME_INVALID",
        "/v2/..%2F..%2Fetc/manifests/latest, 404, NAME_INVALID",
        "/v2/a/../../etc/manifests/latest, 404, NOT_FOUND",
        "/v2/%2e%2e/manifests/latest, 404, NOT_FOUND",
        "/v2//manifests/latest, 404, NAME_INVALID",
        "/v2/app/manifests/.hidden, 404, TAG_INVALID",
        "/v2/app/manifests/sha256:12, 400, DIGEST_INVALID",
        "/v2/app/blobs/latest, 404, DIGEST_INVALID",
        "/v2/app/blobs/sha512:00, 400, DIGEST_INVALID",
        "/v2/app/referrers/x, 400, DIGEST_INVALID",
        "/v2/app/tags/list?ns=http://x, 400, NAME_INVALID"
    })
    void badInputIsRefusedByNameAndNobodyIsAsked(String path, int status, String code) throws Exception {
        try (Socket socket = fixture.raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) {
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 " + status).contains("{\"errors\":[{\"code\":\"" + code + "\"");
        }
        assertThat(fixture.upstream.log()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /v2/%zz/tags/list HTTP/1.1\r\nHost: x\r\n", "GET /v2/a/tags/list?ns=%zz HTTP/1.1\r\nHost: x\r\n",
        "nonsense\r\n"})
    void whatIsMalformedIsA400(String request) throws Exception {
        try (Socket socket = fixture.raw(request + "Connection: close\r\n\r\n")) {
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.").contains(" 400 ");
        }
        assertThat(fixture.get("/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    void aNameOfMoreThan255CharactersIsRefusedAndALineWithoutEndIsCutOff() throws Exception {
        assertError(fixture.get("/v2/" + "a".repeat(256) + "/tags/list"), "NAME_INVALID", "aaaa");
        assertThat(fixture.get("/v2/" + "a".repeat(255) + "/tags/list?ns=registry.test").statusCode()).isEqualTo(404);
        assertThat(fixture.get("/v2/" + "a".repeat(20_000) + "/tags/list").statusCode()).isEqualTo(414);
    }

    @Test
    void tagsArePassedOnAndTheNextPageLeadsThroughTheMirror() throws Exception {
        byte[] list = "{\"name\":\"app\",\"tags\":[\"a\",\"b\"]}".getBytes(StandardCharsets.UTF_8);
        fixture.upstream.answer(exchange -> TestUpstream.reply(
                exchange, 200, list, "Content-Type", "application/json", "Link", "</v2/app/tags/list?last=b&n=2>; rel=\"next\""));
        HttpResponse<byte[]> answer = fixture.get("/v2/app/tags/list?n=2&ns=registry.test");
        assertThat(answer.body()).isEqualTo(list);
        assertThat(answer.headers().firstValue("link"))
                .contains("</v2/app/tags/list?last=b&n=2&ns=registry.test>; rel=\"next\"");
        HttpResponse<byte[]> prefixed = fixture.get("/v2/registry.test/app/tags/list?n=2");
        assertThat(prefixed.headers().firstValue("link")).contains("</v2/registry.test/app/tags/list?last=b&n=2>; rel=\"next\"");
        assertThat(fixture.upstream.log())
                .containsExactly("GET /v2/app/tags/list?ns=registry.test&n=2", "GET /v2/app/tags/list?ns=registry.test&n=2");
    }

    @Test
    void referrersArePassedOnWithTheirFilter() throws Exception {
        byte[] index = "{\"schemaVersion\":2,\"manifests\":[]}".getBytes(StandardCharsets.UTF_8);
        fixture.upstream.answer(exchange -> TestUpstream.reply(
                exchange, 200, index, "Content-Type", ManifestDocument.OCI_INDEX, "OCI-Filters-Applied", "artifactType"));
        HttpResponse<byte[]> answer = fixture.get("/v2/app/referrers/" + DIGEST + "?artifactType=x&ns=registry.test");
        assertThat(answer.body()).isEqualTo(index);
        assertThat(answer.headers().firstValue("content-type")).contains(ManifestDocument.OCI_INDEX);
        assertThat(answer.headers().firstValue("oci-filters-applied")).contains("artifactType");
        assertThat(fixture.upstream.log())
                .containsExactly("GET /v2/app/referrers/" + DIGEST + "?ns=registry.test&artifactType=x");
    }

    @Test
    void aPortInUseIsNamed() {
        Vertx vertx = Mirror.newVertx();
        int port = fixture.mirror.address().getPort();
        try {
            assertThatThrownBy(() -> Mirror.start(
                            MirrorConfig.on("127.0.0.1", port),
                            Optional.empty(),
                            vertx,
                            fixture.exchange,
                            fixture.store,
                            NOBODY,
                            TestGate.open(fixture.store, NOBODY, InstantSource.system()),
                            Lender.NOBODY,
                            SizeHints.NONE,
                            push -> {
                                throw new IOException("nothing is pushed here");
                            },
                            ManifestWitness.NOBODY,
                            router -> {}))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("127.0.0.1:" + port);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private static void assertError(HttpResponse<byte[]> answer, String code, String named) throws IOException {
        JsonNode error = new ObjectMapper().readTree(answer.body()).path("errors").path(0);
        assertThat(error.path("code").asText()).isEqualTo(code);
        assertThat(error.path("message").asText()).contains(named);
        assertThat(error.hasNonNull("detail")).isTrue();
    }
}
