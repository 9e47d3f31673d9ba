package io.lighterage.tests.torrent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.lighterage.peer.content.Digest;
import io.lighterage.tests.bench.HostilePeers;
import io.lighterage.tests.support.Await;
import io.lighterage.tests.support.Http;
import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.Mirror;
import io.lighterage.tests.support.Ports;
import io.lighterage.tests.support.Programs;
import io.lighterage.tests.support.TorrentClients;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Clients that misbehave, and requests that make no sense, cost nobody else anything. */
class HostileClientsTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final int LAYER_BYTES = 4 << 20;

    private static LaneScene scene;

    @BeforeAll
    static void start() throws Exception {
        scene = LaneScene.create(LAYER_BYTES);
        scene.file(scene.imageTorrent());
    }

    @AfterAll
    static void stop() throws Exception {
        if (scene != null) {
            scene.close();
        }
    }

    @Test
    void othersAreServedWhileClientsStallDawdleAndSendGarbage() throws Exception {
        Digest layer = scene.image().largest().digest();
        String magnet = scene.magnet(scene.layerTorrent(layer, "magnet"));
        try (HostilePeers peers = new HostilePeers(scene.lane(), scene.infoHash(magnet))) {
            peers.start(HostilePeers.Kind.STALLED, 3)
                    .start(HostilePeers.Kind.SLOW, 3)
                    .start(HostilePeers.Kind.GARBAGE, 2)
                    .start(HostilePeers.Kind.STRANGER, 2)
                    .start(HostilePeers.Kind.RUDE, 2);
            Await.until(
                    () -> scene.status().path("connections").asInt() >= 8
                            && scene.status().path("refused").asLong() > 20,
                    DEADLINE,
                    () -> "the hostile clients did not connect: " + peers.connections());
            Path directory = scene.directory("aria2");
            TorrentClients.aria2(scene.namespace().place(), magnet, directory);
            assertThat(Digest.of(Files.readAllBytes(directory.resolve(layer.hex())))).isEqualTo(layer);
            URI blob = scene.supernode().http().resolve(
                    "/v2/" + LaneScene.REPOSITORY + "/blobs/" + layer + "?ns=" + Mirror.REGISTRY);
            assertThat(Digest.of(Http.get(blob))).isEqualTo(layer);
        }
        JsonNode status = scene.status();
        assertThat(status.path("libraryHangs").asInt()).isZero();
        assertThat(scene.supernode().log()).doesNotContain("ERROR");
    }

    @Test
    void whatMakesNoSenseIsRefusedWithItsReason() throws Exception {
        String absent = Digest.of(new byte[] {1}).toString();
        assertRefused("/torrents/" + absent + ".torrent", 404, absent);
        assertRefused("/torrents/sha256:xyz.torrent", 400, "sha256:xyz");
        assertRefused("/torrents/" + absent, 400, "expected");
        assertRefused("/torrents/image", 400, "ref");
        assertRefused("/torrents/image?ref=:::", 400, ":::");
        assertRefused("/torrents/image?ref=" + Mirror.REGISTRY + "/no/such:1", 404, "no/such");
        assertRefused("/torrents/announce", 400, "failure reason");
        assertRefused("/torrents/announce?info_hash=abc&peer_id=" + "a".repeat(20) + "&port=1", 400, "20");
        assertRefused("/torrents/announce?info_hash=" + "a".repeat(20) + "&peer_id=b&port=1", 400, "peer_id");
        assertRefused(announce("a".repeat(20), "port=70000"), 400, "70000");
        assertRefused(announce("a".repeat(20), "port=1&event=jump"), 400, "jump");
        assertRefused(announce("a".repeat(20), "port=1"), 200, "no torrent");
        assertThat(scene.status().path("refusedRequests").asLong()).isGreaterThanOrEqualTo(12);
    }

    @Test
    void lighterFetchSaysWhatIsWrongWithALinkOrAFile() throws Exception {
        Path directory = scene.directory("fetch");
        assertFails("magnet:?xt=urn:sha1:abc", directory, "names no torrent");
        assertFails("magnet:?xt=urn:btih:123", directory, "40 hexadecimal or 32 base32 digits");
        assertFails(directory.resolve("none.torrent").toString(), directory, "no such file");
        Path garbage = Files.write(directory.resolve("garbage.torrent"), new byte[100]);
        assertFails(garbage.toString(), directory, "is not a torrent");
        String nobody = "magnet:?xt=urn:btih:" + "0".repeat(40) + "&tr=http://127.0.0.1:" + Ports.free() + "/a";
        assertThat(LighterProcess.run(DEADLINE, "fetch", nobody, directory.toString(), "--patience", "1").err())
                .contains("nothing came for 1 s");
    }

    private static void assertFails(String source, Path directory, String why) throws Exception {
        Programs.Result result = LighterProcess.run(DEADLINE, "fetch", source, directory.toString());
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err()).contains(why).hasLineCount(1);
    }

    private static String announce(String infoHash, String rest) {
        return "/torrents/announce?info_hash=" + infoHash + "&peer_id=" + "b".repeat(20) + "&" + rest;
    }

    private static void assertRefused(String path, int status, String why) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request =
                    HttpRequest.newBuilder(scene.supernode().http().resolve(path)).timeout(DEADLINE).build();
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(path).isEqualTo(status);
            assertThat(answer.body()).contains(why);
        }
    }
}
