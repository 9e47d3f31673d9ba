package io.lighterage.tests.torrent;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.Digest;
import io.lighterage.tests.support.Await;
import io.lighterage.tests.support.Daemon;
import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.OciImage;
import io.lighterage.tests.support.Ports;
import io.lighterage.tests.support.Programs;
import io.lighterage.tests.support.Skopeo;
import io.lighterage.tests.support.TorrentClients;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Standard clients get layers and images from a supernode and from each other, and so does {@code lighter fetch}. */
class LaneClientsTest {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int LAYER_BYTES = 16 << 20;
    private static final int CROWD = 3;

    private static LaneScene scene;

    @BeforeAll
    static void start() throws Exception {
        // Slow enough that clients which start together overlap.
        scene = LaneScene.create(LAYER_BYTES, "--torrent-limit", "24M");
        // Brings the image in.
        scene.file(scene.imageTorrent());
    }

    @AfterAll
    static void stop() throws Exception {
        if (scene != null) {
            scene.close();
        }
    }

    @Test
    void aria2FetchesALayerByTorrentAndByMagnet() throws Exception {
        Digest layer = scene.image().largest().digest();
        Path byTorrent = scene.directory("aria2");
        TorrentClients.aria2(place(), scene.file(scene.layerTorrent(layer, "torrent")).toString(), byTorrent);
        assertThat(digest(byTorrent.resolve(layer.hex()))).isEqualTo(layer);
        Path byMagnet = scene.directory("aria2");
        TorrentClients.aria2(place(), scene.magnet(scene.layerTorrent(layer, "magnet")), byMagnet);
        assertThat(digest(byMagnet.resolve(layer.hex()))).isEqualTo(layer);
    }

    @Test
    void aria2FetchesAnImageByMagnetThatSkopeoTakes() throws Exception {
        Path directory = scene.directory("aria2");
        TorrentClients.aria2(place(), scene.magnet(imageMagnet()), directory);
        assertIsTheImage(directory.resolve("cargo_1"));
    }

    @Test
    void transmissionFetchesALayerByMagnetAndAnImageByTorrent() throws Exception {
        Digest layer = scene.image().largest().digest();
        Path byMagnet = scene.directory("transmission");
        Path byTorrent = scene.directory("transmission");
        String magnet = scene.magnet(scene.layerTorrent(layer, "magnet"));
        String torrent = scene.file(scene.imageTorrent()).toString();
        // Each waits for its own timers most of the time.
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> one = threads.submit(() -> transmission(magnet, byMagnet));
            Future<?> other = threads.submit(() -> transmission(torrent, byTorrent));
            one.get();
            other.get();
        }
        assertThat(digest(byMagnet.resolve(layer.hex()))).isEqualTo(layer);
        assertIsTheImage(byTorrent.resolve("cargo_1"));
    }

    private static Void transmission(String source, Path directory) throws IOException, InterruptedException {
        TorrentClients.transmission(place(), source, directory);
        return null;
    }

    @Test
    void clientsThatStartTogetherShareAmongThemselves() throws Exception {
        String torrent = scene.file(scene.imageTorrent()).toString();
        long before = scene.status().path("bytesSent").asLong();
        List<Path> directories = new ArrayList<>();
        List<Daemon> crowd = new ArrayList<>();
        for (int i = 0; i < CROWD; i++) {
            Path directory = scene.directory("crowd");
            directories.add(directory);
            // All seed for a while, so that the last one has others to ask.
            crowd.add(scene.own(TorrentClients.startAria2(
                    place(), torrent, directory, Ports.free(), "--seed-time=60", "--bt-tracker-interval=2",
                    "--on-bt-download-complete=" + TorrentClients.toucher(directory.resolve("done")))));
        }
        for (Path directory : directories) {
            Await.until(
                    () -> Files.exists(directory.resolve("done")),
                    DEADLINE,
                    () -> crowd.stream().map(Daemon::log).reduce("", String::concat));
            assertIsTheImage(directory.resolve("cargo_1"));
        }
        for (Daemon client : crowd) {
            client.close();
        }
        long sent = scene.status().path("bytesSent").asLong() - before;
        assertThat(sent).as("bytes that the lane sent").isLessThan(CROWD * scene.image().length() * 3 / 4);
    }

    @Test
    void lighterFetchesFromTheLaneByMagnetAndFromAnotherClient() throws Exception {
        Path directory = scene.directory("fetch");
        String magnet = scene.magnet(imageMagnet());
        assertThat(fetch(magnet, directory).out()).contains("cargo_1");
        assertIsTheImage(directory.resolve("cargo_1"));

        int port = Ports.free();
        Path torrent = scene.file(scene.imageTorrent());
        Daemon seeder = scene.own(TorrentClients.startAria2(
                place(), torrent.toString(), directory, port, "--check-integrity=true", "--seed-ratio=0.0"));
        seeder.awaitReady(() -> seeder.log().contains("listening on TCP port"), DEADLINE);
        InetSocketAddress other = new InetSocketAddress(scene.namespace().inside(), port);
        long before = scene.status().path("bytesSent").asLong();
        Path again = scene.directory("fetch");
        try (OnePeerTracker tracker = OnePeerTracker.start(other)) {
            fetch(tracker.rewrite(torrent).toString(), again);
        }
        assertIsTheImage(again.resolve("cargo_1"));
        assertThat(scene.status().path("bytesSent").asLong()).isEqualTo(before);
    }

    @Test
    void lighterTorrentWritesWhatLighterFetchTakes() throws Exception {
        Path torrent = scene.directory("torrent").resolve("image.torrent");
        Programs.Result printed = LighterProcess.run(
                DEADLINE, "torrent", scene.reference(), "--supernode", scene.supernode().http().toString(), "--out",
                torrent.toString()).orFail();
        assertThat(printed.out()).startsWith("magnet:?xt=urn:btih:").contains(torrent.toString());
        Path directory = scene.directory("fetch");
        fetch(torrent.toString(), directory);
        assertIsTheImage(directory.resolve("cargo_1"));
    }

    private static Programs.Result fetch(String source, Path directory) throws IOException, InterruptedException {
        return LighterProcess.run(DEADLINE, "fetch", source, directory.toString()).orFail();
    }

    private static LighterProcess.Place place() {
        return scene.namespace().place();
    }

    private static URI imageMagnet() {
        return URI.create(scene.imageTorrent() + "&form=magnet");
    }

    private static Digest digest(Path file) throws IOException {
        return Digest.of(Files.readAllBytes(file));
    }

    /** Checks every blob, and that skopeo takes the directory for an image. */
    private static void assertIsTheImage(Path layout) throws Exception {
        for (OciImage.Blob blob : scene.image().blobs()) {
            assertThat(digest(layout.resolve("blobs/sha256").resolve(blob.digest().hex()))).isEqualTo(blob.digest());
        }
        Path copy = scene.directory("copy");
        Skopeo.run("--insecure-policy", "copy", "--quiet", "oci:" + layout + ":1", "dir:" + copy).orFail();
        assertThat(digest(copy.resolve("manifest.json"))).isEqualTo(scene.image().manifest());
    }
}
