package io.lighterage.peer.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TransportTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final int CHUNK = 256 << 10;

    @TempDir
    Path directory;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Recorder here = new Recorder();
    private final Recorder there = new Recorder();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable resource : opened.reversed()) {
            resource.close();
        }
    }

    @Test
    void hostsLearnEachOthersIntroduction() throws Exception {
        Transport a = start(config(), hello(1, "rack-a"), here);
        Transport b = start(config(), hello(2, "rack-b"), there);

        Connection toB = connect(a, b);

        assertThat(toB.peer()).isEqualTo(b.self());
        assertThat(there.onlyConnection().peer()).isEqualTo(a.self());
        assertThat(b.self().port()).isEqualTo(b.localAddress().getPort());
        Await.until(SOON, "round trip", () -> toB.roundTripNs() > 0);
    }

    @Test
    void framesArriveInOrder() throws Exception {
        Connection toB = pair();
        Digest digest = Digest.of(new byte[1]);

        for (int i = 0; i < 1000; i++) {
            toB.send(new Frame.Want(i, digest, i, Priority.PREFETCH));
        }

        for (int i = 0; i < 1000; i++) {
            assertThat(there.nextFrame()).isEqualTo(new Frame.Want(i, digest, i, Priority.PREFETCH));
        }
    }

    @Test
    void chunksArriveWholeAndLeaveTheDataFileOpen() throws Exception {
        Connection toB = pair();
        TestBlob blob = blob(random(8 * CHUNK - 77));
        AtomicInteger sent = new AtomicInteger();

        for (int i = 0; i < 8; i++) {
            sendChunk(toB, blob, i, i, Priority.PREFETCH, done -> sent.addAndGet(done ? 1 : 100));
        }

        assertChunks(blob, there.nextChunks(8));
        Await.until(SOON, "end of sending", () -> sent.get() == 8);
        assertThat(blob.leases()).isZero();
        assertThat(blob.isOpen()).isTrue();
        assertThat(toB.queuedBytes()).isZero();
        assertThat(toB.bytesSent()).isGreaterThan(blob.content.length);
    }

    @Test
    void aPortInUseIsNamed() throws Exception {
        Transport a = start(config(), hello(1, ""), here);
        WireConfig taken = WireConfig.on(a.localAddress());

        assertThatThrownBy(() -> Transport.start(taken, hello(2, ""), there))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("127.0.0.1:" + a.localAddress().getPort());
    }

    private Connection pair() throws Exception {
        Transport a = start(config(), hello(1, ""), here);
        Transport b = start(config(), hello(2, ""), there);
        return connect(a, b);
    }

    private static Connection connect(Transport from, Transport to) throws Exception {
        return from.connect("127.0.0.1", to.localAddress().getPort()).get(10, TimeUnit.SECONDS);
    }

    private static WireConfig config() {
        return WireConfig.on(new InetSocketAddress("127.0.0.1", 0));
    }

    private static Hello hello(long id, String rack) {
        return new Hello(Hello.VERSION, new UUID(0, id), Hello.Role.NODE, "", 0, rack, "", 0);
    }

    private Transport start(WireConfig config, Hello hello, Recorder recorder) throws IOException {
        Transport transport = Transport.start(config, hello, recorder);
        opened.add(transport);
        return transport;
    }

    private TestBlob blob(byte[] content) throws IOException {
        TestBlob blob = new TestBlob(directory, content);
        opened.add(blob);
        return blob;
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static void sendChunk(
            Connection connection, TestBlob blob, int request, int index, Priority priority, Connection.ChunkSent done) {
        long offset = (long) index * CHUNK;
        int length = (int) Math.min(CHUNK, blob.content.length - offset);
        connection.sendChunk(request, blob.digest, index, priority, blob.open(), offset, length, done);
    }

    private static void assertChunks(TestBlob blob, List<Recorder.Received> chunks) {
        for (Recorder.Received chunk : chunks) {
            int from = chunk.index() * CHUNK;
            assertThat(chunk.bytes())
                    .as("chunk %d", chunk.index())
                    .isEqualTo(Arrays.copyOfRange(blob.content, from, from + chunk.bytes().length));
        }
        assertThat(chunks.stream().mapToInt(chunk -> chunk.bytes().length).sum()).isEqualTo(blob.content.length);
    }
}
