package io.lighterage.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MirrorManifestTest {
    private static final Digest LAYER = Digest.of(new byte[] {2});
    private static final String TYPE = ManifestDocument.OCI_MANIFEST;
    private final byte[] manifest = image(1);
    private final byte[] newer = image(2);
    private final Digest digest = Digest.of(manifest);
    private final String byDigest = "/v2/app/manifests/" + digest + "?ns=registry.test";
    private final String byTag = "/v2/app/manifests/latest?ns=registry.test";
    private MirrorFixture fixture;

    private static byte[] image(int size) {
        return ("{\"schemaVersion\":2,\"config\":{\"digest\":\"" + Digest.of(new byte[] {1})
                        + "\",\"size\":" + size + "},\"layers\":[{\"digest\":\"" + LAYER + "\",\"size\":123}]}")
                .getBytes(StandardCharsets.UTF_8);
    }

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        fixture = new MirrorFixture(
                directory,
                config -> config.withDeadlines(
                        Duration.ofSeconds(1), Duration.ofSeconds(3), Duration.ofSeconds(3), Duration.ofSeconds(10)));
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private void serve(byte[] body, String type) {
        fixture.upstream.answer(exchange -> {
            String etag = "\"" + Digest.of(body) + "\"";
            boolean same = etag.equals(exchange.getRequestHeaders().getFirst("If-None-Match"));
            TestUpstream.reply(
                    exchange, same ? 304 : 200, body, "Content-Type", type, "Docker-Content-Digest", etag.replace("\"", ""));
        });
    }

    private void refuse(int status, byte[] body, String... headers) {
        fixture.upstream.answer(exchange -> TestUpstream.reply(exchange, status, body, headers));
    }

    @Test
    void aManifestByDigestIsAskedForOnceAndItsSizesAreTold() throws Exception {
        serve(manifest, TYPE);
        for (int i = 0; i < 3; i++) {
            HttpResponse<byte[]> answer = fixture.get(byDigest);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(manifest);
            assertThat(answer.headers().firstValue("content-type")).contains(TYPE);
            assertThat(answer.headers().firstValue("docker-content-digest")).contains(digest.toString());
        }
        assertThat(fixture.upstream.log()).containsExactly("GET /v2/app/manifests/" + digest + "?ns=registry.test");
        assertThat(fixture.hints).containsEntry(LAYER.toString(), 123L);
    }

    @Test
    void headIsGetWithoutTheBody() throws Exception {
        serve(manifest, TYPE);
        HttpResponse<byte[]> answer = fixture.send("HEAD", byTag);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
        assertThat(answer.headers().firstValue("content-length")).contains(Integer.toString(manifest.length));
        assertThat(fixture.send("GET", byTag, "If-None-Match", "\"" + digest + "\"").statusCode()).isEqualTo(304);
    }

    @Test
    void aTagIsServedFromTheCacheForItsLifetimeAndThenConfirmedByAHead() throws Exception {
        serve(manifest, TYPE);
        fixture.get(byTag);
        fixture.get(byTag);
        assertThat(fixture.upstream.log()).hasSize(1);
        fixture.now.updateAndGet(time -> time.plusSeconds(61));
        assertThat(fixture.get(byTag).body()).isEqualTo(manifest);
        assertThat(fixture.upstream.log()).hasSize(2).last().asString().startsWith("HEAD ");
        fixture.get(byTag);
        assertThat(fixture.upstream.log()).hasSize(2);
    }

    @Test
    void aTagThatMovedIsFollowedAfterItsLifetime() throws Exception {
        serve(manifest, TYPE);
        fixture.get(byTag);
        serve(newer, TYPE);
        assertThat(fixture.get(byTag).body()).isEqualTo(manifest);
        fixture.now.updateAndGet(time -> time.plusSeconds(61));
        assertThat(fixture.get(byTag).body()).isEqualTo(newer);
    }

    @Test
    void aTagIsServedStaleWithAWarningWhileUpstreamFailsOrIsGone() throws Exception {
        serve(manifest, TYPE);
        fixture.get(byTag);
        fixture.now.updateAndGet(time -> time.plusSeconds(3600));
        refuse(500, new byte[0]);
        HttpResponse<byte[]> failing = fixture.get(byTag);
        assertThat(failing.body()).isEqualTo(manifest);
        assertThat(failing.headers().firstValue("warning").orElse("")).startsWith("110 ");
        fixture.upstream.close();
        HttpResponse<byte[]> gone = fixture.get(byTag, "Accept", "text/html, " + TYPE);
        assertThat(gone.statusCode()).isEqualTo(200);
        assertThat(gone.headers().firstValue("warning").orElse("")).startsWith("110 ");
        assertThat(fixture.mirror.statistics().staleTags()).isEqualTo(2);
    }

    @Test
    void aTagIsNotServedStaleForever() throws Exception {
        serve(manifest, TYPE);
        fixture.get(byTag);
        fixture.upstream.close();
        fixture.now.updateAndGet(time -> time.plus(MirrorConfig.STALE_LIMIT).minusSeconds(1));
        assertThat(fixture.get(byTag).headers().firstValue("age")).contains("604799");
        fixture.now.updateAndGet(time -> time.plusSeconds(2));
        assertThat(fixture.get(byTag).statusCode()).isEqualTo(503);
        assertThat(fixture.get(byDigest).body()).isEqualTo(manifest);
    }

    @Test
    void aTagIsServedStaleWhileUpstreamWantsNotToBeAsked() throws Exception {
        serve(manifest, TYPE);
        fixture.get(byTag);
        fixture.now.updateAndGet(time -> time.plusSeconds(61));
        refuse(429, new byte[0], "Retry-After", "3600");
        HttpResponse<byte[]> limited = fixture.get(byTag);
        assertThat(limited.body()).isEqualTo(manifest);
        assertThat(limited.headers().firstValue("warning").orElse("")).startsWith("110 ");
    }

    @Test
    void whileAnOutageIsFreshStaleTagsDoNotWaitForUpstream() throws Exception {
        serve(manifest, TYPE);
        fixture.get(byTag);
        fixture.now.updateAndGet(time -> time.plusSeconds(61));
        refuse(503, new byte[0]);
        fixture.get(byTag);
        int asked = fixture.upstream.log().size();
        assertThat(fixture.get(byTag).body()).isEqualTo(manifest);
        assertThat(fixture.upstream.log()).hasSize(asked);
        serve(newer, TYPE);
        fixture.now.updateAndGet(time -> time.plus(Outages.MEMORY));
        assertThat(fixture.get(byTag).body()).isEqualTo(newer);
    }

    @Test
    void aTagOfAMirrorAboveIsAsOldAsThatOneSays() throws Exception {
        fixture.upstream.answer(exchange ->
                TestUpstream.reply(exchange, 200, manifest, "Content-Type", TYPE, "Age", "50"));
        fixture.get(byTag);
        fixture.now.updateAndGet(time -> time.plusSeconds(9));
        assertThat(fixture.get(byTag).headers().firstValue("age")).contains("59");
        assertThat(fixture.upstream.log()).hasSize(1);
        fixture.now.updateAndGet(time -> time.plusSeconds(2));
        fixture.get(byTag);
        assertThat(fixture.upstream.log()).hasSizeGreaterThan(1);
    }

    @Test
    void aClientThatWantsNoCacheHasUpstreamAsked() throws Exception {
        serve(manifest, TYPE);
        fixture.get(byTag);
        serve(newer, TYPE);
        assertThat(fixture.get(byTag).body()).isEqualTo(manifest);
        assertThat(fixture.get(byTag, "Cache-Control", "no-cache").body()).isEqualTo(newer);
        assertThat(fixture.get(byTag).body()).isEqualTo(newer);
    }

    /** As docker-registry does: a type that is not named is not there. */
    @Test
    void whetherAHeldManifestMeetsVagueWordsIsForUpstreamToSay() throws Exception {
        fixture.upstream.answer(exchange -> {
            boolean named = String.valueOf(exchange.getRequestHeaders().getFirst("Accept")).contains(TYPE);
            TestUpstream.reply(exchange, named ? 200 : 404, named ? manifest : new byte[0], "Content-Type", TYPE);
        });
        assertThat(fixture.get(byDigest, "Accept", TYPE).statusCode()).isEqualTo(200);
        assertThat(fixture.get(byDigest).statusCode()).isEqualTo(404);
        assertThat(fixture.get(byDigest, "Accept", "*/*").statusCode()).isEqualTo(404);
        int before = fixture.upstream.log().size();
        fixture.get(byDigest, "Accept", TYPE + ";q=0, text/html");
        int asked = fixture.upstream.log().size();
        assertThat(asked).isEqualTo(before + 1);
        assertThat(fixture.get(byDigest, "Accept", "text/html;q=0.1," + TYPE).statusCode()).isEqualTo(200);
        assertThat(fixture.upstream.log()).hasSize(asked);
        fixture.upstream.close();
        assertThat(fixture.get(byDigest).body()).isEqualTo(manifest);
    }

    @Test
    void aManifestIsFoundByItsSha512AndKept() throws Exception {
        serve(manifest, TYPE);
        String name = Sha512.of(manifest).text();
        String path = "/v2/app/manifests/" + name + "?ns=registry.test";
        for (int i = 0; i < 2; i++) {
            HttpResponse<byte[]> answer = fixture.get(path, "Accept", TYPE);
            assertThat(answer.body()).isEqualTo(manifest);
            assertThat(answer.headers().firstValue("docker-content-digest")).contains(name);
        }
        assertThat(fixture.upstream.log()).hasSize(1);
        serve(newer, TYPE);
        String wrong = "/v2/app/manifests/" + Sha512.of(new byte[] {7}) + "?ns=registry.test";
        assertThat(fixture.get(wrong).statusCode()).isEqualTo(502);
    }

    @Test
    void aSignedManifestIsCheckedByWhatItSigns() throws Exception {
        byte[] payload = "{\"schemaVersion\":1,\"fsLayers\":[]}".getBytes(StandardCharsets.UTF_8);
        int cut = payload.length - 1;
        String tail = base64("}");
        String told = base64("{\"formatLength\":" + cut + ",\"formatTail\":\"" + tail + "\"}");
        byte[] signed = (new String(payload, 0, cut, StandardCharsets.UTF_8)
                        + ",\"signatures\":[{\"protected\":\"" + told + "\"}]}")
                .getBytes(StandardCharsets.UTF_8);
        String named = Digest.of(payload).toString();
        fixture.upstream.answer(exchange -> TestUpstream.reply(
                exchange, 200, signed, "Content-Type", ManifestDocument.SCHEMA1_SIGNED, "Docker-Content-Digest", named));
        HttpResponse<byte[]> answer = fixture.get(byTag);
        assertThat(answer.body()).isEqualTo(signed);
        assertThat(answer.headers().firstValue("docker-content-digest")).contains(named);
        assertThat(fixture.store.digests()).isEmpty();
        fixture.upstream.answer(exchange -> TestUpstream.reply(
                exchange, 200, signed, "Content-Type", ManifestDocument.SCHEMA1_SIGNED,
                "Docker-Content-Digest", Digest.of(signed).toString()));
        assertThat(fixture.get(byTag).statusCode()).isEqualTo(502);
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aTagThatIsNotCachedIs503WhileUpstreamIsGone() throws Exception {
        fixture.upstream.close();
        HttpResponse<byte[]> answer = fixture.get(byTag);
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(MirrorFixture.text(answer)).contains("UNAVAILABLE").contains("registry.test/app:latest");
    }

    @Test
    void anUpstreamThatAnswersTooLateIs504() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        fixture.upstream.answer(exchange -> waitFor(done));
        HttpResponse<byte[]> answer = fixture.get(byTag);
        done.countDown();
        assertThat(answer.statusCode()).isEqualTo(504);
    }

    @Test
    void aTagCachedForOneCredentialIsNotServedToAnother() throws Exception {
        fixture.upstream.answer(exchange -> {
            boolean known = "Bearer good".equals(exchange.getRequestHeaders().getFirst("Authorization"));
            TestUpstream.reply(
                    exchange, known ? 200 : 401, known ? manifest : new byte[0], "WWW-Authenticate", "Bearer realm=\"r\"");
        });
        assertThat(fixture.get(byTag, "Authorization", "Bearer good").statusCode()).isEqualTo(200);
        HttpResponse<byte[]> anonymous = fixture.get(byTag);
        assertThat(anonymous.statusCode()).isEqualTo(401);
        assertThat(anonymous.headers().firstValue("www-authenticate")).contains("Bearer realm=\"r\"");
        assertThat(MirrorFixture.text(anonymous)).contains("\"UNAUTHORIZED\"");
        assertThat(fixture.get(byTag, "Authorization", "Bearer bad").statusCode()).isEqualTo(401);
        assertThat(fixture.get(byTag, "Authorization", "Bearer good").statusCode()).isEqualTo(200);
        assertThat(fixture.upstream.log()).hasSize(3);
    }

    @Test
    void clientsThatAcceptOtherTypesAreAnsweredApart() throws Exception {
        byte[] index = "{\"schemaVersion\":2,\"manifests\":[]}".getBytes(StandardCharsets.UTF_8);
        fixture.upstream.answer(exchange -> {
            boolean many = exchange.getRequestHeaders().getFirst("Accept").contains("index");
            TestUpstream.reply(
                    exchange, 200, many ? index : manifest, "Content-Type", many ? ManifestDocument.OCI_INDEX : TYPE);
        });
        for (int i = 0; i < 2; i++) {
            assertThat(fixture.get(byTag, "Accept", TYPE + "," + ManifestDocument.OCI_INDEX).body()).isEqualTo(index);
            assertThat(fixture.get(byTag, "Accept", ManifestDocument.OCI_INDEX + ", " + TYPE).body()).isEqualTo(index);
            assertThat(fixture.get(byTag, "Accept", TYPE).body()).isEqualTo(manifest);
        }
        assertThat(fixture.upstream.log()).hasSize(2);
    }

    @Test
    void aCrowdThatAsksForOneTagAsksUpstreamOnce() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        fixture.upstream.answer(exchange -> {
            waitFor(asked);
            TestUpstream.reply(exchange, 200, manifest, "Content-Type", TYPE);
        });
        try (ExecutorService crowd = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<HttpResponse<byte[]>>> answers = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                answers.add(crowd.submit(() -> fixture.get(byTag)));
            }
            MirrorFixture.await("all wait", () -> fixture.mirror.statistics().active() == 10);
            asked.countDown();
            for (Future<HttpResponse<byte[]>> answer : answers) {
                assertThat(answer.get().body()).isEqualTo(manifest);
            }
        }
        assertThat(fixture.upstream.log()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 429})
    void refusalsArePassedOnWithTheirHeadersAndBody(int status) throws Exception {
        byte[] oci = OciError.body("DENIED", "upstream's own words", "x");
        refuse(status, oci, "WWW-Authenticate", "Basic realm=\"a\"", "Retry-After", "9");
        HttpResponse<byte[]> answer = fixture.get(byTag);
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.body()).isEqualTo(oci);
        assertThat(answer.headers().firstValue("www-authenticate")).contains("Basic realm=\"a\"");
        assertThat(answer.headers().firstValue("retry-after")).contains("9");
        refuse(status, "<h1>no</h1>".getBytes(StandardCharsets.UTF_8));
        HttpResponse<byte[]> html = fixture.get(byDigest);
        assertThat(html.statusCode()).isEqualTo(status);
        assertThat(MirrorFixture.text(html)).startsWith("{\"errors\":[{\"code\":").contains("<h1>no</h1>");
    }

    @Test
    void bytesOfAnotherDigestAreRefusedAndNotKept() throws Exception {
        serve(newer, TYPE);
        HttpResponse<byte[]> answer = fixture.get(byDigest);
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(MirrorFixture.text(answer)).contains("MANIFEST_INVALID").contains(digest.toString());
        assertThat(fixture.store.digests()).isEmpty();
        fixture.upstream.answer(exchange ->
                TestUpstream.reply(exchange, 200, newer, "Docker-Content-Digest", digest.toString()));
        assertThat(fixture.get(byTag).statusCode()).isEqualTo(502);
        assertThat(fixture.store.digests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/html", ManifestDocument.OCI_INDEX, "application/vnd.other+json"})
    void aManifestOfAWrongMediaTypeIsRefusedAndNotKept(String type) throws Exception {
        serve(manifest, type);
        HttpResponse<byte[]> answer = fixture.get(byDigest);
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(MirrorFixture.text(answer)).contains("MANIFEST_INVALID").contains(type);
        assertThat(fixture.store.digests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aHundredMebibytesOfJsonAreNotReadToTheEnd(boolean announced) throws Exception {
        AtomicLong sent = new AtomicLong();
        fixture.upstream.answer(exchange -> endless(exchange, announced ? 100 << 20 : 0, sent));
        HttpResponse<byte[]> answer = fixture.get(byTag);
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(MirrorFixture.text(answer)).contains("larger than 4 MiB").contains("registry.test/app:latest");
        assertThat(sent.get()).isLessThan(50 << 20);
        assertThat(fixture.store.digests()).isEmpty();
    }

    private static void endless(HttpExchange exchange, long length, AtomicLong sent) throws IOException {
        exchange.sendResponseHeaders(200, length);
        byte[] piece = "{\"a\":1}, ".repeat(8000).getBytes(StandardCharsets.UTF_8);
        try (OutputStream out = exchange.getResponseBody()) {
            while (sent.addAndGet(piece.length) < 100 << 20) {
                out.write(piece);
            }
        }
    }

    @Test
    void aBlobThatIsNoManifestIsNotServedAsOne() throws Exception {
        byte[] layer = "just bytes".getBytes(StandardCharsets.UTF_8);
        fixture.exchange.hold(layer);
        assertThat(fixture.get("/v2/app/manifests/" + Digest.of(layer)).statusCode()).isEqualTo(404);
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            if (!latch.await(MirrorFixture.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("the test never went on");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void whatAClientOfThisHostIsGivenIsToldWithItsCredentials() throws Exception {
        serve(manifest, TYPE);
        fixture.send("HEAD", byTag, "Authorization", "Basic eA==");
        fixture.get(byDigest);
        assertThat(fixture.witnessed)
                .containsExactly("registry.test/app@" + digest + " Basic eA==", "registry.test/app@" + digest + " ");
        fixture.upstream.answer(exchange -> TestUpstream.reply(exchange, 404, new byte[0]));
        fixture.get("/v2/app/manifests/none?ns=registry.test");
        assertThat(fixture.witnessed).hasSize(2);
    }
}
