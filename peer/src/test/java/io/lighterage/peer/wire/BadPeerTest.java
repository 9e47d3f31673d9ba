package io.lighterage.peer.wire;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Strangers, and peers that misbehave or stall: they cost only themselves. */
class BadPeerTest extends TransportFixture {
    private static final Digest DIGEST = Digest.of(new byte[] {1});

    private final Logger logger = (Logger) LoggerFactory.getLogger("io.lighterage.peer.wire");
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listenToTheLog() {
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void leaveTheLog() {
        logger.detachAppender(log);
    }

    @Test
    void anHttpRequestIsRefusedWhileAnotherConnectionGoesOn() throws Exception {
        Transport a = start(config(), hello(1, ""), here);
        Transport b = start(config(), hello(2, ""), there);
        Connection toB = connect(b, a);

        RawPeer browser = closing(new RawPeer(a));
        browser.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        String reason = browser.readToTheEnd();

        assertThat(reason).contains("does not speak");
        assertLoggedOnce("127.0.0.1:" + browser.address().getPort());
        toB.send(new Frame.Cancel(1));
        assertThat(here.nextFrame()).isEqualTo(new Frame.Cancel(1));
        assertThat(here.connected).hasSize(1);
    }

    @Test
    void whoeverDoesNotIntroduceItselfIsCutOff() throws Exception {
        Transport a = start(impatient(Duration.ofMillis(200), SOON), hello(1, ""), here);

        assertThat(closing(new RawPeer(a)).readToTheEnd()).contains("did not introduce itself within 200 ms");
        assertThat(here.connected).isEmpty();
    }

    @Test
    void whoeverIsSilentIsCutOff() throws Exception {
        Transport a = start(impatient(SOON, Duration.ofMillis(300)), hello(1, ""), here);

        assertThat(closing(new RawPeer(a)).introduce(0).readToTheEnd()).contains("silent for");
        Await.until(SOON, "end", () -> here.disconnected.size() == 1);
    }

    @Test
    void anIdleConnectionStaysOpenWhileBothSidesLive() throws Exception {
        WireConfig brisk = impatient(SOON, Duration.ofMillis(150));
        Transport a = start(brisk, hello(1, ""), here);
        Transport b = start(brisk, hello(2, ""), there);
        Connection toB = connect(a, b);

        long before = toB.bytesReceived();
        Await.until(SOON, "many pings", () -> toB.bytesReceived() > before + 20 * 13);

        assertThat(here.disconnected).isEmpty();
    }

    @Test
    void aMalformedFrameEndsOnlyItsConnection() throws Exception {
        Transport a = start(config(), hello(1, ""), here);
        Transport b = start(config(), hello(2, ""), there);
        Connection toA = connect(b, a);
        RawPeer bad = closing(new RawPeer(a)).introduce(0);

        bad.send(Unpooled.buffer().writeInt(5).writeByte(WireFormat.CANCEL).writeBytes(new byte[5]));

        assertThat(bad.readToTheEnd()).startsWith("malformed: a frame of type 17 announces 5 bytes");
        assertLoggedOnce("127.0.0.1:" + bad.address().getPort());
        toA.send(new Frame.Cancel(1));
        assertThat(here.nextFrame()).isEqualTo(new Frame.Cancel(1));
    }

    @Test
    void aPackedChunkThatIsNoZstdEndsOnlyItsConnection() throws Exception {
        Transport a = start(config(), hello(1, ""), here);
        RawPeer bad = closing(new RawPeer(a)).introduce(Hello.FEATURE_ZSTD);
        ByteBuf chunk = Unpooled.buffer();
        FrameEncoder.zstdChunkHead(chunk, 1, DIGEST, 0, 4 << 20, 100);

        bad.send(chunk.writeBytes(random(100)));

        assertThat(bad.readToTheEnd()).contains("malformed: a packed chunk");
        assertThat(here.chunks).isEmpty();
    }

    @Test
    void aStalledReaderDoesNotDelayAnother() throws Exception {
        WireConfig oneLoop = new WireConfig(config().bind(), SOON, SOON, Duration.ofSeconds(30), 10, false, 1);
        Transport a = start(oneLoop, hello(1, ""), here);
        closing(new RawPeer(a)).introduce(0);
        Connection stalled = here.onlyConnection();
        TestBlob blob = blob(random(64 * CHUNK));
        for (int i = 0; i < 256; i++) {
            sendChunk(stalled, blob, i, i % 64, Priority.ON_DEMAND, _ -> {});
        }

        Transport b = start(config(), hello(2, ""), there);
        Connection toB = connect(a, b);
        for (int i = 0; i < 64; i++) {
            sendChunk(toB, blob, i, i, Priority.BACKGROUND, _ -> {});
        }

        assertChunks(blob, there.nextChunks(64));
        assertThat(stalled.queuedBytes()).isGreaterThan(0);
        assertThat(here.disconnected).isEmpty();
    }

    @Test
    void aStalledReaderIsCutOffInTime() throws Exception {
        TestBlob blob = blob(random(64 * CHUNK));
        Transport a = start(impatient(SOON, Duration.ofMillis(900)), hello(1, ""), here);
        RawPeer peer = closing(new RawPeer(a)).introduce(0);
        Connection stalled = here.onlyConnection();
        AtomicInteger failed = new AtomicInteger();
        AtomicInteger sent = new AtomicInteger();
        for (int i = 0; i < 256; i++) {
            sendChunk(stalled, blob, i, i % 64, Priority.ON_DEMAND, ok -> (ok ? sent : failed).incrementAndGet());
        }

        Await.until(SOON, "end", () -> { // it lives, but it does not read
            try {
                peer.send(FrameEncoder.encode(new Frame.Pong(0)));
            } catch (IOException e) {
                return here.disconnected.size() == 1;
            }
            return here.disconnected.size() == 1;
        });

        assertThat(here.disconnected.get(stalled)).startsWith("does not read");
        assertThat(sent.get() + failed.get()).isEqualTo(256);
        assertThat(failed.get()).isPositive();
        assertThat(blob.leases()).isZero();
    }

    @Test
    void framesForAReaderThatStallsAreBounded() throws Exception {
        Transport a = start(config(), hello(1, ""), here);
        closing(new RawPeer(a)).introduce(0);
        Connection stalled = here.onlyConnection();
        Frame have = new Frame.Have(DIGEST, ChunkSet.full(4 << 20));

        for (int i = 0; i < 200; i++) {
            stalled.send(have);
        }

        Await.until(SOON, "end", () -> here.disconnected.size() == 1);
        assertThat(here.disconnected.get(stalled)).startsWith("does not read");
    }

    @Test
    void everyChunkIsAccountedForOnceWhenAConnectionCloses() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        ConnectionListener slow = new Blocking(read);
        Transport a = start(config(), hello(1, ""), here);
        Transport b = start(config(), hello(2, ""), slow);
        Connection toB = connect(a, b);
        TestBlob blob = blob(random(64 * CHUNK));
        AtomicIntegerArray done = new AtomicIntegerArray(300);

        toB.send(new Frame.Cancel(1));
        for (int i = 0; i < 256; i++) {
            int at = i;
            sendChunk(toB, blob, i, i % 64, Priority.PREFETCH, _ -> done.incrementAndGet(at));
        }
        toB.close("enough");
        for (int i = 256; i < 300; i++) {
            int at = i;
            sendChunk(toB, blob, i, i % 64, Priority.PREFETCH, _ -> done.incrementAndGet(at));
        }
        toB.send(new Frame.Cancel(2));

        Await.until(SOON, "end of every chunk", () -> sum(done) >= 300);
        read.countDown();
        a.close();
        for (int i = 0; i < 300; i++) {
            assertThat(done.get(i)).as("chunk %d", i).isEqualTo(1);
        }
        assertThat(blob.leases()).isZero();
        assertThat(toB.queuedBytes()).isZero();
    }

    private void assertLoggedOnce(String address) {
        assertThat(log.list)
                .filteredOn(event -> event.getFormattedMessage().contains(address))
                .singleElement()
                .satisfies(event -> assertThat(event.getLevel()).isEqualTo(Level.WARN));
    }

    private static WireConfig impatient(Duration handshake, Duration idle) {
        return new WireConfig(config().bind(), SOON, handshake, idle, 100, true, 2);
    }

    private static int sum(AtomicIntegerArray numbers) {
        int sum = 0;
        for (int i = 0; i < numbers.length(); i++) {
            sum += numbers.get(i);
        }
        return sum;
    }

    /** Does not come back from its first frame until told so. */
    private record Blocking(CountDownLatch read) implements ConnectionListener {
        @Override
        public void connected(Connection connection) {}

        @Override
        public void received(Connection connection, Frame frame) {
            if (frame instanceof Frame.Chunk chunk) {
                chunk.data().release();
            }
            try {
                assertThat(read.await(10, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void disconnected(Connection connection, String reason) {}
    }
}
