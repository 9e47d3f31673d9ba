package io.lighterage.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.Digest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blobs that a client names by their sha512. */
class MirrorLongDigestTest {
    private final byte[] content = "a layer".repeat(9000).getBytes(StandardCharsets.UTF_8);
    private final Sha512 name = Sha512.of(content);
    private final String path = "/v2/app/blobs/" + name + "?ns=registry.test";
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
    void upstreamTellsTheSha256UnderWhichItMoves() throws Exception {
        fixture.exchange.hold(content);
        fixture.upstream.answer(exchange -> TestUpstream.reply(
                exchange, 200, content, "Docker-Content-Digest", Digest.of(content).toString()));
        for (int i = 0; i < 2; i++) {
            HttpResponse<byte[]> answer = fixture.get(path, "Range", "bytes=-7");
            assertThat(answer.statusCode()).isEqualTo(206);
            assertThat(answer.body()).isEqualTo("a layer".getBytes(StandardCharsets.UTF_8));
        }
        assertThat(fixture.upstream.log()).containsExactly("HEAD /v2/app/blobs/" + name + "?ns=registry.test");
    }

    @Test
    void aWrongSha256IsNoticedWhenTheBlobIsHere() throws Exception {
        byte[] other = "other bytes".getBytes(StandardCharsets.UTF_8);
        fixture.exchange.hold(other);
        fixture.upstream.answer(exchange -> TestUpstream.reply(
                exchange, 200, other, "Docker-Content-Digest", Digest.of(other).toString()));
        fixture.send("HEAD", path);
        HttpResponse<byte[]> answer = fixture.get(path);
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(MirrorFixture.text(answer)).contains("DIGEST_INVALID");
    }

    @Test
    void whereUpstreamDoesNotTellItTheBlobIsReadOnceAndChecked() throws Exception {
        fixture.upstream.answer(exchange -> TestUpstream.reply(exchange, 200, content));
        assertThat(fixture.get(path).body()).isEqualTo(content);
        assertThat(fixture.get(path).body()).isEqualTo(content);
        assertThat(fixture.upstream.log()).hasSize(2);
        String wrong = "/v2/app/blobs/" + Sha512.of(new byte[] {1}) + "?ns=registry.test";
        assertThat(fixture.get(wrong).statusCode()).isEqualTo(502);
        assertThat(fixture.store.digests()).containsExactly(Digest.of(content));
    }
}
