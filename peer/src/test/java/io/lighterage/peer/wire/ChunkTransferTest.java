package io.lighterage.peer.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** In what order and form chunks travel. */
class ChunkTransferTest extends TransportFixture {
    @Test
    void chunksLeaveInOrderOfPriorityAndThenOfSending() throws Exception {
        TestBlob blob = blob(random(18 * CHUNK));
        Recorder sender = new Recorder() {
            @Override
            public void connected(Connection connection) { // on the event loop: all are queued before the first leaves
                super.connected(connection);
                for (int i = 0; i < 18; i++) {
                    Priority priority = Priority.values()[2 - i / 6];
                    sendChunk(connection, blob, i, i, priority, _ -> {});
                }
            }
        };
        connect(start(config(), hello(1, ""), sender), start(config(), hello(2, ""), there));

        assertThat(there.nextChunks(18))
                .extracting(Recorder.Received::index)
                .containsExactly(12, 13, 14, 15, 16, 17, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5);
    }

    @Test
    void anUrgentChunkOvertakesThoseThatWaitForASlowReader() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        Recorder slow = new Recorder() {
            @Override
            public void received(Connection connection, Frame frame) {
                super.received(connection, frame);
                try {
                    assertThat(read.await(10, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        TestBlob blob = blob(random(64 * CHUNK));
        Connection toB = connect(start(config(), hello(1, ""), here), start(config(), hello(2, ""), slow));
        for (int i = 0; i < 512; i++) {
            sendChunk(toB, blob, i, i % 64, Priority.BACKGROUND, _ -> {});
        }
        List<Recorder.Received> first = slow.nextChunks(1);

        sendChunk(toB, blob, 999, 0, Priority.ON_DEMAND, _ -> {});
        read.countDown();

        List<Integer> order = new ArrayList<>();
        first.forEach(chunk -> order.add(chunk.request()));
        slow.nextChunks(511).forEach(chunk -> order.add(chunk.request()));
        assertThat(order).contains(999);
        order.remove((Integer) 999);
        assertThat(order).isSorted();
        assertThat(order).doesNotContain(511);
    }

    @Test
    void chunksOfTextTravelPackedOverASlowLink() throws Exception {
        byte[] text = "All work and no play makes Jack a dull boy.\n".repeat(1 << 18)
                .substring(0, 40 * CHUNK - 5)
                .getBytes(StandardCharsets.US_ASCII);
        TestBlob blob = blob(text);
        Connection toB = pairOverSlowLink();

        send(toB, blob, 40);

        assertChunks(blob, there.nextChunks(40));
        assertThat(there.onlyConnection().bytesReceived()).isLessThan(text.length / 2);
        Await.until(SOON, "end of leases", () -> blob.leases() == 0 && toB.queuedBytes() == 0);
    }

    @Test
    void chunksThatDoNotPackTravelPlainOverASlowLink() throws Exception {
        TestBlob blob = blob(random(40 * CHUNK));
        Connection toB = pairOverSlowLink();

        send(toB, blob, 40);

        assertChunks(blob, there.nextChunks(40));
        Await.until(SOON, "all bytes", () -> there.onlyConnection().bytesReceived() > blob.content.length);
    }

    @Test
    void chunksTravelPlainWhereOneSideDoesNotPack() throws Exception {
        byte[] zeros = new byte[20 * CHUNK];
        TestBlob blob = blob(zeros);
        WireConfig plain = new WireConfig(config().bind(), SOON, SOON, SOON, 10, false, 1);
        Transport a = closing(NettyTransport.start(config(), hello(1, ""), here, _ -> Long.MAX_VALUE));
        Transport b = start(plain, hello(2, ""), there);

        assertThat(b.self().features() & Hello.FEATURE_ZSTD).isZero();
        send(connect(a, b), blob, 20);

        assertChunks(blob, there.nextChunks(20));
        Await.until(SOON, "all bytes", () -> there.onlyConnection().bytesReceived() > zeros.length);
    }

    @Test
    void aBlobThatDoesNotPackIsTriedEverLessOften() {
        Digest one = Digest.of(new byte[] {1});
        CompressionChoice choice = new CompressionChoice();
        assertThat(choice.tryNext(one, 0, 0)).as("where nothing is packed").isFalse();
        assertThat(choice.tryNext(one, 1000, 1000)).as("on a fast link").isFalse();

        assertThat(choice.tryNext(one, 0, 1000)).as("before the rate is known").isTrue();
        boolean[] tried = new boolean[128];
        for (int i = 0; i < tried.length; i++) {
            tried[i] = choice.tryNext(one, 999, 1000);
            if (tried[i]) {
                choice.tried(one, false);
            }
        }

        boolean[] expected = new boolean[128];
        for (int at : new int[] {0, 2, 6, 14, 30, 62, 126}) {
            expected[at] = true;
        }
        assertThat(tried).isEqualTo(expected);
        assertThat(choice.tryNext(Digest.of(new byte[] {2}), 999, 1000)).as("another blob").isTrue();
    }

    private Connection pairOverSlowLink() throws Exception {
        Transport a = closing(NettyTransport.start(config(), hello(1, ""), here, _ -> Long.MAX_VALUE));
        return connect(a, start(config(), hello(2, ""), there));
    }

    private static void send(Connection connection, TestBlob blob, int chunks) {
        for (int i = 0; i < chunks; i++) {
            sendChunk(connection, blob, i, i, Priority.PREFETCH, _ -> {});
        }
    }
}
