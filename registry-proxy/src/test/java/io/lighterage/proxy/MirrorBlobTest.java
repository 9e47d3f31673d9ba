package io.lighterage.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.wire.Frame.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MirrorBlobTest {
    private static final int CHUNK = BlobInfo.SMALLEST_CHUNK;
    private final byte[] content = new byte[12 * CHUNK + 77];
    private final Digest digest;
    private final String path;
    private MirrorFixture fixture;

    MirrorBlobTest() {
        new Random(42).nextBytes(content);
        digest = Digest.of(content);
        path = "/v2/app/blobs/" + digest + "?ns=registry.test";
    }

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        fixture = new MirrorFixture(
                directory,
                config -> config.withDeadlines(
                        Duration.ofSeconds(2), Duration.ofSeconds(3), Duration.ofSeconds(3), Duration.ofSeconds(10)));
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    @Test
    void aHeldBlobIsSentWhole() throws Exception {
        fixture.exchange.hold(content);
        HttpResponse<byte[]> answer = fixture.get(path);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(content);
        assertThat(answer.headers().firstValue("docker-content-digest")).contains(digest.toString());
        assertThat(answer.headers().firstValue("etag")).contains("\"" + digest + "\"");
        assertThat(answer.headers().firstValue("accept-ranges")).contains("bytes");
        assertThat(answer.headers().firstValue("content-type")).contains("application/octet-stream");
        assertThat(answer.headers().firstValue("docker-distribution-api-version")).contains("registry/2.0");
        assertThat(fixture.upstream.log()).isEmpty();
        MirrorFixture.await("the stream is closed", () -> fixture.exchange.open() == 0);
        assertThat(fixture.mirror.statistics().bytesOut()).isEqualTo(content.length);
    }

    @Test
    void anEmptyBlobHasAnEmptyBody() throws Exception {
        BlobInfo info = fixture.exchange.hold(new byte[0]);
        HttpResponse<byte[]> answer = fixture.get("/v2/app/blobs/" + info.digest());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-length")).contains("0");
    }

    @Test
    void oneRangeIsSentAlone() throws Exception {
        fixture.exchange.hold(content);
        HttpResponse<byte[]> answer = fixture.get(path, "Range", "bytes=65530-65545");
        assertThat(answer.statusCode()).isEqualTo(206);
        assertThat(answer.body()).isEqualTo(Arrays.copyOfRange(content, 65530, 65546));
        assertThat(answer.headers().firstValue("content-range")).contains("bytes 65530-65545/" + content.length);
    }

    @Test
    void aRangeOfABlobThatStillArrivesIsSentAsSoonAsItIsThere() throws Exception {
        fixture.exchange.announce(content);
        fixture.exchange.arrive(content, 3, 5);
        String range = "bytes=" + 3 * CHUNK + "-" + (5 * CHUNK - 1);
        assertThat(fixture.get(path, "Range", range).body()).isEqualTo(Arrays.copyOfRange(content, 3 * CHUNK, 5 * CHUNK));
    }

    @Test
    void severalRangesAreSentAsParts() throws Exception {
        fixture.exchange.hold(content);
        HttpResponse<byte[]> answer = fixture.get(path, "Range", "bytes=1000-1009, 0-4, -3");
        assertThat(answer.statusCode()).isEqualTo(206);
        String type = answer.headers().firstValue("content-type").orElseThrow();
        assertThat(type).startsWith("multipart/byteranges; boundary=");
        String boundary = "--" + type.substring(type.indexOf('=') + 1);
        String[] parts = new String(answer.body(), StandardCharsets.ISO_8859_1).split(boundary);
        assertThat(parts).hasSize(5);
        assertThat(parts[1]).isEqualTo(part(1000, 1010));
        assertThat(parts[2]).isEqualTo(part(0, 5));
        assertThat(parts[3]).isEqualTo(part(content.length - 3, content.length));
        assertThat(parts[4]).isEqualTo("--\r\n");
    }

    private String part(int from, int to) {
        return "\r\nContent-Range: bytes " + from + "-" + (to - 1) + "/" + content.length
                + "\r\nContent-Type: application/octet-stream\r\n\r\n"
                + new String(Arrays.copyOfRange(content, from, to), StandardCharsets.ISO_8859_1) + "\r\n";
    }

    @Test
    void aRangeBehindTheEndIsRefusedWithTheLength() throws Exception {
        fixture.exchange.hold(content);
        HttpResponse<byte[]> answer = fixture.get(path, "Range", "bytes=9999999-");
        assertThat(answer.statusCode()).isEqualTo(416);
        assertThat(answer.headers().firstValue("content-range")).contains("bytes */" + content.length);
        assertThat(MirrorFixture.text(answer)).contains("RANGE_INVALID").contains("bytes=9999999-");
        assertThat(fixture.get(path, "Range", "bytes=junk").body()).isEqualTo(content);
    }

    @Test
    void ifRangeWithAnotherTagMeansTheWhole() throws Exception {
        fixture.exchange.hold(content);
        assertThat(fixture.get(path, "Range", "bytes=0-0", "If-Range", "\"other\"").statusCode()).isEqualTo(200);
        assertThat(fixture.get(path, "Range", "bytes=0-0", "If-Range", "\"" + digest + "\"").statusCode()).isEqualTo(206);
    }

    @Test
    void aBlobThatTheClientHoldsIsNotSentAgain() throws Exception {
        fixture.exchange.hold(content);
        HttpResponse<byte[]> answer = fixture.get(path, "If-None-Match", "\"x\", W/\"" + digest + "\"");
        assertThat(answer.statusCode()).isEqualTo(304);
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void headOfAHeldBlobAsksNobody() throws Exception {
        fixture.exchange.announce(content);
        HttpResponse<byte[]> answer = fixture.send("HEAD", path);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-length")).contains(Integer.toString(content.length));
        assertThat(fixture.upstream.log()).isEmpty();
        assertThat(fixture.exchange.open()).isZero();
    }

    @Test
    void headOfAnUnknownBlobAsksUpstreamForItsHeadOnly() throws Exception {
        fixture.upstream.answer(exchange -> TestUpstream.reply(exchange, 200, content));
        HttpResponse<byte[]> answer = fixture.send("HEAD", path);
        assertThat(answer.headers().firstValue("content-length")).contains(Integer.toString(content.length));
        assertThat(fixture.upstream.log()).containsExactly("HEAD /v2/app/blobs/" + digest + "?ns=registry.test");
    }

    @Test
    void theFirstBytesOfALayerComeWhileTheRestIsStillMissing() throws Exception {
        fixture.exchange.announce(content);
        fixture.exchange.arrive(content, 0, 1);
        try (Socket socket = fixture.raw("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")) {
            InputStream in = socket.getInputStream();
            assertThat(head(in)).startsWith("HTTP/1.1 200").containsIgnoringCase("content-length: " + content.length);
            assertThat(in.readNBytes(CHUNK)).isEqualTo(Arrays.copyOf(content, CHUNK));
            fixture.exchange.arrive(content, 1, 13);
            byte[] rest = in.readNBytes(content.length - CHUNK);
            assertThat(rest).isEqualTo(Arrays.copyOfRange(content, CHUNK, content.length));
        }
    }

    @Test
    void aBlobThatFailsMidwayResetsTheConnectionAndIsCounted() throws Exception {
        fixture.exchange.announce(content);
        fixture.exchange.arrive(content, 0, 2);
        try (Socket socket = fixture.raw("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")) {
            InputStream in = socket.getInputStream();
            head(in);
            in.readNBytes(2 * CHUNK);
            fixture.exchange.fail(digest);
            assertThat(in.read()).as("end of the connection before the announced length").isEqualTo(-1);
        }
        MirrorFixture.await("it is counted", () -> fixture.mirror.statistics().brokenOff() == 1);
    }

    @Test
    void aClientThatGoesMidwayEndsTheWantBeforeAnyDeadlineOfTheMirror(@TempDir Path other) throws Exception {
        try (MirrorFixture patient = new MirrorFixture(other)) {
            patient.exchange.announce(content);
            patient.exchange.arrive(content, 0, 1);
            try (Socket socket = patient.raw("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")) {
                head(socket.getInputStream());
                assertThat(patient.exchange.open()).isEqualTo(1);
            }
            MirrorFixture.await("nothing is wanted", () -> patient.exchange.open() == 0);
            MirrorFixture.await("no thread is left", () -> patient.mirror.statistics().active() == 0);
        }
    }

    @Test
    void aClientThatReadsNothingCostsOnlyItselfAndIsDroppedAfterAWhile() throws Exception {
        byte[] large = new byte[64 << 20];
        new Random(7).nextBytes(large);
        BlobInfo info = fixture.exchange.announce(large);
        // The last chunk is missing, so that the bytes are copied and the window counts.
        fixture.exchange.arrive(large, 0, info.chunkCount() - 1);
        fixture.exchange.hold(content);
        try (Socket idle = fixture.raw("GET /v2/app/blobs/" + info.digest() + " HTTP/1.1\r\nHost: x\r\n\r\n")) {
            head(idle.getInputStream());
            assertThat(fixture.get(path).body()).isEqualTo(content);
            MirrorFixture.await("the idle reader is given up", () -> fixture.exchange.open() == 0);
            assertThat(fixture.mirror.statistics().bytesOut()).isLessThan(32 << 20);
        }
    }

    @Test
    void aBlobThatNobodyHasIs503AndOneThatDoesNotComeIs504() throws Exception {
        HttpResponse<byte[]> unknown = fixture.get(path);
        assertThat(unknown.statusCode()).isEqualTo(503);
        assertThat(MirrorFixture.text(unknown)).contains("UNAVAILABLE").contains(digest.toString());
        fixture.exchange.announce(content);
        HttpResponse<byte[]> late = fixture.get(path);
        assertThat(late.statusCode()).isEqualTo(504);
        assertThat(late.headers().firstValue("content-type")).contains("application/json");
        assertThat(Long.parseLong(late.headers().firstValue("content-length").orElseThrow())).isEqualTo(late.body().length);
    }

    @Test
    void aRefusalByUpstreamIsPassedOn() throws Exception {
        byte[] oci = OciError.body("UNAUTHORIZED", "log in first", "");
        fixture.exchange.refuse(digest, new Refusal(401, "Bearer realm=\"https://auth.test\"", "", oci));
        HttpResponse<byte[]> answer = fixture.get(path);
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("www-authenticate")).contains("Bearer realm=\"https://auth.test\"");
        assertThat(answer.body()).isEqualTo(oci);
        fixture.exchange.refuse(digest, new Refusal(429, "", "17", "slow down".getBytes(StandardCharsets.UTF_8)));
        HttpResponse<byte[]> limited = fixture.get(path);
        assertThat(limited.statusCode()).isEqualTo(429);
        assertThat(limited.headers().firstValue("retry-after")).contains("17");
        assertThat(MirrorFixture.text(limited)).contains("TOOMANYREQUESTS");
    }

    @Test
    void closingTheMirrorEndsBlobsThatAreBeingSent() throws Exception {
        fixture.exchange.announce(content);
        fixture.exchange.arrive(content, 0, 1);
        try (Socket socket = fixture.raw("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")) {
            InputStream in = socket.getInputStream();
            head(in);
            CompletableFuture<Void> closing = CompletableFuture.runAsync(fixture.mirror::close);
            in.readNBytes(CHUNK);
            assertThat(in.read()).isEqualTo(-1);
            closing.get(MirrorFixture.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        assertThat(fixture.exchange.open()).isZero();
        assertThatThrownBy(() -> fixture.get(path)).isInstanceOf(IOException.class);
    }

    /** Reads up to and with the empty line. */
    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("the connection ended in the head: " + head);
            }
            head.append((char) next);
        }
        return head.toString();
    }
}
