package io.lighterage.peer.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.Priority;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Transports on loopback, closed after each test. */
@Timeout(60)
abstract class TransportFixture {
    static final Duration SOON = Duration.ofSeconds(10);
    static final int CHUNK = 256 << 10;

    @TempDir
    Path directory;

    final Recorder here = new Recorder();
    final Recorder there = new Recorder();
    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable resource : opened.reversed()) {
            resource.close();
        }
    }

    Connection pair() throws Exception {
        Transport a = start(config(), hello(1, ""), here);
        Transport b = start(config(), hello(2, ""), there);
        return connect(a, b);
    }

    static Connection connect(Transport from, Transport to) throws Exception {
        return from.connect("127.0.0.1", to.localAddress().getPort()).get(10, TimeUnit.SECONDS);
    }

    static WireConfig config() {
        return WireConfig.on(new InetSocketAddress("127.0.0.1", 0));
    }

    static Hello hello(long id, String rack) {
        return new Hello(Hello.VERSION, new UUID(0, id), Hello.Role.NODE, "", 0, rack, "", 0);
    }

    Transport start(WireConfig config, Hello hello, ConnectionListener listener) throws IOException {
        return closing(Transport.start(config, hello, listener));
    }

    <T extends AutoCloseable> T closing(T resource) {
        opened.add(resource);
        return resource;
    }

    TestBlob blob(byte[] content) throws IOException {
        return closing(new TestBlob(directory, content));
    }

    static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    static void sendChunk(
            Connection connection,
            TestBlob blob,
            int request,
            int index,
            Priority priority,
            Connection.ChunkSent done) {
        long offset = (long) index * CHUNK;
        int length = (int) Math.min(CHUNK, blob.content.length - offset);
        connection.sendChunk(request, blob.digest, index, priority, blob.open(), offset, length, done);
    }

    static void assertChunks(TestBlob blob, List<Recorder.Received> chunks) {
        for (Recorder.Received chunk : chunks) {
            int from = chunk.index() * CHUNK;
            assertThat(chunk.bytes())
                    .as("chunk %d", chunk.index())
                    .isEqualTo(Arrays.copyOfRange(blob.content, from, from + chunk.bytes().length));
        }
        assertThat(chunks.stream().mapToInt(chunk -> chunk.bytes().length).sum()).isEqualTo(blob.content.length);
    }
}
