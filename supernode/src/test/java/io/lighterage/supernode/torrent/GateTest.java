package io.lighterage.supernode.torrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.store.BlobStore;
import java.io.EOFException;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The lane's port: who is served, who is refused, and what that costs. */
@Timeout(60)
class GateTest {
    private static final int BLOCK = 16 << 10;
    private static final int LENGTH = (1 << 20) + 777;
    private static final Repository REPOSITORY = new Repository("registry.test", "team/app");
    private static final int MANY = 500;

    @TempDir
    Path directory;

    private BlobStore store;
    private Catalog catalog;
    private Gate gate;

    @BeforeEach
    void open() throws IOException {
        store = BlobStore.open(directory.resolve("store"));
        catalog = new Catalog(store);
    }

    @AfterEach
    void close() throws IOException {
        if (gate != null) {
            gate.close();
        }
        store.close();
    }

    private void start(int connections, Duration idle, Duration patience) throws IOException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        LaneConfig config = LaneConfig.on(any, "").withBounds(0, connections).withDeadlines(idle, patience);
        gate = Gate.start(
                config,
                hash -> catalog.find(hash).orElseThrow(() -> new LaneException(404, "there is no torrent " + hash)),
                port -> new Seeder(store, config, port));
    }

    private void start() throws IOException {
        start(16, Duration.ofMinutes(1), Duration.ofMinutes(1));
    }

    private static byte[] content(int length, int seed) {
        byte[] content = new byte[length];
        new Random(seed).nextBytes(content);
        return content;
    }

    private Offer offer(byte[] content) throws Exception {
        Digest digest = store.put(content).info().digest();
        return catalog.ofBlob(digest, content.length, REPOSITORY);
    }

    private LaneStatistics statistics() {
        return gate.statistics(0, 0);
    }

    private void await(BooleanSupplier condition) {
        long endNs = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time: %s", statistics()).isLessThan(endNs);
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    @Test
    void aClientGetsTheBytesOfTheBlobAndTheMetadata() throws Exception {
        byte[] content = content(LENGTH, 1);
        Offer offer = offer(content);
        start();
        try (Leecher leecher = Leecher.join(gate.port(), offer.metainfo().infoHash())) {
            assertThat(leecher.metadata()).isEqualTo(offer.metainfo().encoded());
            leecher.interested();
            leecher.request(0, BLOCK, BLOCK);
            assertThat(leecher.block()).isEqualTo(Arrays.copyOfRange(content, BLOCK, 2 * BLOCK));
            leecher.request(4, 0, 777);
            assertThat(leecher.block()).isEqualTo(Arrays.copyOfRange(content, 1 << 20, LENGTH));
        }
        assertThat(statistics().bytesSent()).isEqualTo(BLOCK + 777);
        assertThat(statistics().refused()).isZero();
    }

    @Test
    void whatIsNoBitTorrentIsDroppedAtItsFirstBytes() throws Exception {
        start();
        for (String said : List.of("GET / HTTP/1.1\r\n\r\n", "SSH-2.0-x\r\n", "\u0013BitTorrent protocoL", "\u0000")) {
            try (Leecher stranger = Leecher.connect(gate.port())) {
                stranger.send(said.getBytes(StandardCharsets.ISO_8859_1));
                assertThat(stranger.isDropped()).as(said).isTrue();
            }
        }
        await(() -> statistics().connections() == 0);
        assertThat(statistics().refused()).isEqualTo(4);
        assertThat(statistics().libraryStarts()).isZero();
    }

    @Test
    void aTorrentThatIsNotOfferedIsRefused() throws Exception {
        start();
        assertThatThrownBy(() -> Leecher.join(gate.port(), InfoHash.of(new byte[] {1})))
                .isInstanceOfAny(EOFException.class, SocketException.class);
        await(() -> statistics().refused() == 1);
    }

    @Test
    void aClientThatAsksForWhatThereIsNotIsDroppedAndOthersAreServed() throws Exception {
        byte[] content = content(LENGTH, 2);
        InfoHash hash = offer(content).metainfo().infoHash();
        start();
        try (Leecher good = Leecher.join(gate.port(), hash).interested()) {
            List<int[]> wrong = List.of(
                    new int[] {5, 0, BLOCK}, new int[] {-1, 0, BLOCK}, new int[] {4, 770, BLOCK},
                    new int[] {0, -1, BLOCK}, new int[] {0, 0, 0}, new int[] {0, 0, 1 << 20});
            for (int[] each : wrong) {
                try (Leecher bad = Leecher.join(gate.port(), hash).interested()) {
                    bad.request(each[0], each[1], each[2]);
                    assertThat(bad.isDropped()).as(Arrays.toString(each)).isTrue();
                }
            }
            try (Leecher bad = Leecher.join(gate.port(), hash)) {
                bad.send(99, new byte[3]);
                assertThat(bad.isDropped()).isTrue();
            }
            try (Leecher bad = Leecher.join(gate.port(), hash)) {
                bad.send(new byte[] {127, -1, -1, -1, 0});
                assertThat(bad.isDropped()).isTrue();
            }
            good.request(0, 0, BLOCK);
            assertThat(good.block()).isEqualTo(Arrays.copyOf(content, BLOCK));
        }
        assertThat(statistics().refused()).isEqualTo(8);
        assertThat(statistics().libraryStarts()).isEqualTo(1);
    }

    @Test
    void aClientThatTakesNothingIsDroppedAndCostsItsWindow() throws Exception {
        InfoHash hash = offer(content(4 << 20, 3)).metainfo().infoHash();
        start(16, Duration.ofMinutes(1), Duration.ofSeconds(2));
        try (Leecher stalled = Leecher.join(gate.port(), hash).interested()) {
            for (int i = 0; i < 1000; i++) {
                stalled.request(i % 16, 0, 128 << 10);
            }
            await(() -> statistics().stalled() == 1);
            assertThat(statistics().bytesSent()).isLessThan(16 << 20);
            assertThat(statistics().libraryHangs()).isZero();
        }
    }

    @Test
    void aClientThatAsksBeforeItMayIsNotAnsweredAndHurtsNobody() throws Exception {
        byte[] content = content(LENGTH, 4);
        InfoHash hash = offer(content).metainfo().infoHash();
        start();
        try (Leecher rude = Leecher.join(gate.port(), hash);
                Leecher good = Leecher.join(gate.port(), hash).interested()) {
            rude.request(0, 0, BLOCK);
            good.request(1, 0, BLOCK);
            assertThat(good.block()).isEqualTo(Arrays.copyOfRange(content, 1 << 18, (1 << 18) + BLOCK));
            rude.interested();
            rude.request(2, 0, BLOCK);
            assertThat(rude.block()).isEqualTo(Arrays.copyOfRange(content, 1 << 19, (1 << 19) + BLOCK));
        }
    }

    @Test
    void aClientThatAnnouncedItselfAndDoesNotComeIsConnectedTo() throws Exception {
        byte[] content = content(LENGTH, 8);
        InfoHash hash = offer(content).metainfo().infoHash();
        start();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            gate.expect((InetSocketAddress) server.getLocalSocketAddress(), hash, () -> 1);
            try (Leecher leecher = Leecher.accept(server, hash)) {
                assertThat(leecher.metadata()).isNotEmpty();
                leecher.interested().request(0, 0, BLOCK);
                assertThat(leecher.block()).isEqualTo(Arrays.copyOf(content, BLOCK));
            }
        }
    }

    @Test
    void uTpIsRefusedByAResetOfTheSameConnection() throws Exception {
        start();
        byte[] syn = new byte[20];
        syn[0] = 0x41;
        syn[2] = 7;
        syn[3] = 9;
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(10_000);
            InetAddress here = InetAddress.getLoopbackAddress();
            socket.send(new DatagramPacket(new byte[] {1}, 1, here, gate.port()));
            socket.send(new DatagramPacket(syn, syn.length, here, gate.port()));
            DatagramPacket answer = new DatagramPacket(new byte[100], 100);
            socket.receive(answer);
            assertThat(answer.getLength()).isEqualTo(20);
            assertThat(Arrays.copyOf(answer.getData(), 4)).containsExactly(0x31, 0, 7, 9);
        }
    }

    @Test
    void oneAddressCannotTakeAllPlaces() throws Exception {
        InfoHash hash = offer(content(LENGTH, 5)).metainfo().infoHash();
        start(40, Duration.ofMinutes(1), Duration.ofMinutes(1));
        List<Leecher> leechers = new ArrayList<>();
        try {
            for (int i = 0; i < 10; i++) {
                leechers.add(Leecher.join(gate.port(), hash));
            }
            assertThatThrownBy(() -> Leecher.join(gate.port(), hash)).isInstanceOf(IOException.class);
            assertThat(statistics().connections()).isEqualTo(10);
        } finally {
            for (Leecher leecher : leechers) {
                leecher.close();
            }
        }
    }

    @Test
    void manyOffersCostNoThreadsAndOnlySomeAreLoadedAtOnce() throws Exception {
        List<InfoHash> hashes = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            hashes.add(offer(content(BLOCK, 1000 + i)).metainfo().infoHash());
        }
        int before = Thread.activeCount();
        start(256, Duration.ofSeconds(1), Duration.ofMinutes(1));
        assertThat(Thread.activeCount()).isLessThanOrEqualTo(before);
        List<Leecher> leechers = new ArrayList<>();
        try {
            for (int i = 0; i < Seeder.MOST_TORRENTS; i++) {
                leechers.add(Leecher.join(gate.port(), hashes.get(i)));
            }
            assertThatThrownBy(() -> Leecher.join(gate.port(), hashes.getLast())).isInstanceOf(IOException.class);
            assertThat(statistics().loaded()).isEqualTo(Seeder.MOST_TORRENTS);
            assertThat(Thread.activeCount() - before).isLessThanOrEqualTo(3 * Seeder.MOST_TORRENTS + 16);
        } finally {
            for (Leecher leecher : leechers) {
                leecher.close();
            }
        }
        for (int i = 0; i < 3; i++) {
            // Places become free as clients leave, and nothing stays loaded.
            int each = MANY - 1 - i;
            await(() -> serves(hashes.get(each), content(BLOCK, 1000 + each)));
        }
        await(() -> statistics().loaded() == 0);
        await(() -> Thread.activeCount() <= before);
    }

    private boolean serves(InfoHash hash, byte[] content) {
        try (Leecher leecher = Leecher.join(gate.port(), hash).interested()) {
            leecher.request(0, 0, BLOCK);
            return Arrays.equals(leecher.block(), content);
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void theSameTorrentIsLoadedAgainAfterItWasGivenUp() throws Exception {
        byte[] content = content(BLOCK, 6);
        InfoHash hash = offer(content).metainfo().infoHash();
        start(16, Duration.ofMillis(200), Duration.ofMinutes(1));
        assertThat(serves(hash, content)).isTrue();
        await(() -> statistics().loaded() == 0);
        // A client that comes while the library is stopping may have to come again.
        await(() -> serves(hash, content));
    }

    @Test
    void anOfferIsFoundAgainAfterARestartWithoutBeingHashed() throws Exception {
        byte[] content = content(LENGTH, 7);
        Offer made = offer(content);
        Catalog again = new Catalog(store);
        assertThat(again.find(made.metainfo().infoHash()).orElseThrow().encode()).isEqualTo(made.encode());
        assertThat(again.made(Digest.of(content).toString())).isPresent();
    }
}
