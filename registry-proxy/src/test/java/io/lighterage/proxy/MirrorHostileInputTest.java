package io.lighterage.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests and connections that mean no good. */
class MirrorHostileInputTest {
    private static final String HIDDEN = "GET /v2/hidden/manifests/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    private static final int MOST = 8;
    private MirrorFixture fixture;

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        fixture = new MirrorFixture(directory, config -> config.withConnections(MOST, Duration.ofMillis(300)));
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    private long rejected(String reason) {
        return fixture.mirror.statistics().rejected().get(reason);
    }

    private static String all(Socket socket) throws IOException {
        StringBuilder text = new StringBuilder();
        try (InputStream in = socket.getInputStream()) {
            byte[] piece = new byte[4096];
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                text.append(new String(piece, 0, count, StandardCharsets.ISO_8859_1));
            }
        } catch (SocketException e) {
            // A server that closes with input unread resets; what it said before has been read.
            assertThat(e).hasMessageContaining("reset");
        }
        return text.toString();
    }

    private static int available(Socket socket) {
        try {
            return socket.getInputStream().available();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "Host: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Host: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        "Host: x\r\nContent-Length: 94\r\n\r\n",
        "Host: x\r\nContent-Length: 0\r\nContent-Length: 94\r\n\r\n",
        "Host: x\r\nContent-Length: +0\r\n\r\n",
        "Host: x\r\nContent-Length: 0, 94\r\n\r\n",
        "Host: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "Host: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "Host: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        "Host: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "\r\n",
        "Host: x\r\nHost: y\r\n\r\n"
    })
    void aRequestThatTwoReadersCouldUnderstandDifferentlyIsRefusedAndNothingBehindItIsRead(String head) throws Exception {
        try (Socket socket = fixture.raw("GET /v2/ HTTP/1.1\r\n" + head + HIDDEN)) {
            String answer = all(socket);
            assertThat(answer).startsWith("HTTP/1.1 400").doesNotContain("HTTP/1.1 200").doesNotContain("hidden");
            assertThat(answer.split("HTTP/1.1 ", -1)).hasSize(2);
        }
        assertThat(fixture.upstream.log()).isEmpty();
        assertThat(rejected("malformed") + rejected("body")).isEqualTo(1);
        assertThat(fixture.get("/healthz").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2000})
    void aFloodOfHeadersIsCutOff(int lines) throws Exception {
        String flood = ("X-Flood: " + "a".repeat(200_000 / lines) + "\r\n").repeat(lines);
        try (Socket socket = fixture.raw("GET /v2/ HTTP/1.1\r\nHost: x\r\n" + flood + "\r\n")) {
            assertThat(all(socket)).startsWith("HTTP/1.1 431");
        } catch (SocketException e) {
            // The rest of the flood may still be on its way when the connection closes.
            assertThat(e.getMessage()).containsAnyOf("reset", "Broken pipe");
        }
        MirrorFixture.await("it is counted", () -> rejected("malformed") == 1);
    }

    @Test
    void aTokenOfManyKibGoesToUpstreamAsItIsAndALargerOneIsRefused() throws Exception {
        String token = "Bearer " + "t".repeat(24 << 10);
        byte[] manifest = "{\"schemaVersion\":2,\"manifests\":[]}".getBytes(StandardCharsets.UTF_8);
        fixture.upstream.answer(exchange -> {
            boolean known = token.equals(exchange.getRequestHeaders().getFirst("Authorization"));
            TestUpstream.reply(exchange, known ? 200 : 401, manifest, "Content-Type", ManifestDocument.OCI_INDEX);
        });
        String path = "/v2/app/manifests/1?ns=registry.test";
        assertThat(fixture.get(path, "Authorization", token).body()).isEqualTo(manifest);
        assertThat(fixture.get(path, "Authorization", token + "t".repeat(16 << 10)).statusCode()).isEqualTo(431);
        assertThat(fixture.upstream.log()).hasSize(1);
        MirrorFixture.await("it is counted", () -> rejected("malformed") == 1);
    }

    @Test
    void aHeadThatDripsInIsCutOffAndOneAfterAGoodRequestToo() throws Exception {
        try (Socket drip = fixture.raw("GET /v2/ HT");
                Socket second = fixture.raw("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /v2")) {
            assertThat(all(drip)).isEmpty();
            MirrorFixture.await("the good request is answered", () -> available(second) > 0);
            second.getOutputStream().write(' ');
            assertThat(all(second)).startsWith("HTTP/1.1 200").endsWith("ok\n");
        }
        assertThat(rejected("slow")).isEqualTo(2);
    }

    @Test
    void ofTooManyConnectionsTheIdlestAreClosedAndNoneThatIsAnswered() throws Exception {
        byte[] content = new byte[300_000];
        fixture.exchange.announce(content);
        List<Socket> idle = new ArrayList<>();
        try (Socket waiting = fixture.raw("GET /v2/app/blobs/" + Digest.of(content)
                + "?ns=registry.test HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) {
            MirrorFixture.await("it is being answered", () -> fixture.mirror.statistics().active() == 1);
            for (int i = 0; i < 5 * MOST; i++) {
                idle.add(fixture.raw(""));
            }
            MirrorFixture.await("the idlest are closed", () -> rejected("crowd") >= 4 * MOST);
            assertThat(all(idle.getFirst())).isEmpty();
            fixture.exchange.arrive(content, 0, 5);
            assertThat(all(waiting)).startsWith("HTTP/1.1 200").hasSizeGreaterThan(content.length);
            assertThat(fixture.get("/healthz").statusCode()).isEqualTo(200);
        } finally {
            for (Socket socket : idle) {
                socket.close();
            }
        }
    }
}
