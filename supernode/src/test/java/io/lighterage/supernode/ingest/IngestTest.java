package io.lighterage.supernode.ingest;

import static io.lighterage.supernode.upstream.HostileRegistry.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.exchange.BlobRefusedException;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.store.BlobReader;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.supernode.upstream.HostileRegistry;
import io.lighterage.supernode.upstream.RegistryClient;
import io.lighterage.supernode.upstream.UpstreamConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class IngestTest {
    private static final int CHUNK = BlobInfo.SMALLEST_CHUNK;
    private static final UpstreamConfig CONFIG = UpstreamConfig.defaults().toBuilder()
            .chunkLength(CHUNK)
            .segments(2 * CHUNK, 16L * CHUNK)
            .retries(3, Duration.ofMillis(5))
            .timeouts(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofMillis(700))
            .spoolLimit(4 << 20)
            .build();

    @TempDir
    Path directory;

    private HostileRegistry registry;
    private RegistryClient client;
    private BlobStore store;
    private RecordingListener listener;
    private Ingest ingest;

    @BeforeEach
    void open() throws IOException {
        registry = new HostileRegistry();
        openHost();
    }

    private void openHost() throws IOException {
        client = new RegistryClient(
                CONFIG.toBuilder().upstream(registry.name(), registry.url()).build());
        store = BlobStore.open(directory.resolve("store"));
        listener = new RecordingListener();
        ingest = new Ingest(store, client, CONFIG, directory.resolve("spool"), listener);
    }

    private void closeHost() throws IOException {
        ingest.close();
        client.close();
        store.close();
    }

    @AfterEach
    void close() throws IOException {
        closeHost();
        registry.close();
        assertThat(ingest.statistics().bufferedBytes()).isZero();
        assertThat(ingest.statistics().active()).isZero();
        assertThat(directory.resolve("spool")).isEmptyDirectory();
        assertThat(listener.unusable).isEmpty();
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static void assertHolds(StoredBlob blob, byte[] content) throws IOException {
        assertThat(blob.isComplete()).isTrue();
        assertThat(blob.isVerified()).isTrue();
        ByteBuffer read = ByteBuffer.allocate(content.length);
        try (BlobReader reader = blob.open()) {
            reader.read(0, read);
        }
        assertThat(read.array()).isEqualTo(content);
    }

    @Test
    void aBlobOfUnknownSmallLengthTakesExactlyOneGet() throws Exception {
        byte[] content = bytes(5 * CHUNK + 17);
        Digest digest = registry.add(content);

        StoredBlob blob = ingest.start(digest, registry.source()).get(30, TimeUnit.SECONDS);

        assertThat(blob.info()).isEqualTo(new BlobInfo(digest, content.length, CHUNK));
        assertHolds(listener.awaitCompleted(), content);
        assertThat(registry.seen).hasSize(1);
        assertThat(registry.seen.getFirst().method()).isEqualTo("GET");
        assertThat(registry.served()).isEqualTo(content.length);
        assertThat(listener.chunks).containsExactly(0, 1, 2, 3, 4, 5);
    }

    @Test
    void aHintedSmallBlobIsAskedForWithoutARange() throws Exception {
        byte[] content = bytes(3 * CHUNK);
        Digest digest = registry.add(content);
        ingest.hint(digest, content.length);

        ingest.start(digest, registry.source());

        assertHolds(listener.awaitCompleted(), content);
        assertThat(registry.seen).hasSize(1);
        assertThat(registry.seen.getFirst().range()).isNull();
    }

    @Test
    void aLargeBlobIsReadInSegmentsByParallelStreamsAndEachByteOnce() throws Exception {
        byte[] content = bytes(61 * CHUNK + 5);
        Digest digest = registry.add(content);
        ingest.hint(digest, content.length);
        CountDownLatch several = new CountDownLatch(3);
        registry.trick = (exchange, number) -> {
            several.countDown();
            if (number > 0 && !await(several)) {
                throw new IllegalStateException("the streams did not come in parallel");
            }
            return false;
        };

        ingest.start(digest, registry.source());

        assertHolds(listener.awaitCompleted(), content);
        assertThat(registry.served()).isEqualTo(content.length);
        assertThat(registry.seen).hasSize(31).allMatch(seen -> seen.range() != null);
        assertThat(listener.chunks).containsExactlyInAnyOrderElementsOf(IntStream.range(0, 62).boxed().toList());
    }

    @Test
    void aLargeBlobOfUnknownLengthGoesParallelAfterItsFirstRange() throws Exception {
        byte[] content = bytes(40 * CHUNK + 1);
        Digest digest = registry.add(content);

        ingest.start(digest, registry.source());

        assertHolds(listener.awaitCompleted(), content);
        assertThat(registry.served()).isEqualTo(content.length);
        assertThat(registry.seen.getFirst().range()).isEqualTo("bytes=0-" + (16 * CHUNK - 1));
        assertThat(registry.seen).hasSize(1 + 13);
    }

    @Test
    void aRegistryWithoutRangesIsReadInOneStream() throws Exception {
        registry.knowsRanges = false;
        byte[] content = bytes(50 * CHUNK + 9);
        Digest digest = registry.add(content);

        ingest.start(digest, registry.source());

        assertHolds(listener.awaitCompleted(), content);
        assertThat(registry.seen).hasSize(1);
        assertThat(registry.served()).isEqualTo(content.length);
    }

    @Test
    void connectionsThatDropMidwayAreGoneOnWithFromTheNextByte() throws Exception {
        byte[] content = bytes(40 * CHUNK + 1);
        Digest digest = registry.add(content);
        registry.trick = (exchange, number) -> {
            if (number < 3) {
                registry.breakAfter(exchange, CHUNK + 1234 * number);
                return true;
            }
            return false;
        };

        ingest.start(digest, registry.source());

        assertHolds(listener.awaitCompleted(), content);
        assertThat(registry.served()).isEqualTo(content.length);
    }

    @Test
    void aStalledBodyIsBrokenOffAndGoneOnWith() throws Exception {
        byte[] content = bytes(6 * CHUNK);
        Digest digest = registry.add(content);
        registry.trick = (exchange, number) -> {
            if (number == 0) {
                exchange.getResponseHeaders()
                        .set("Content-Range", "bytes 0-" + (content.length - 1) + "/" + content.length);
                registry.send(exchange, 206, content, 0, 100_000, content.length);
                registry.stall();
                return true;
            }
            return false;
        };

        ingest.start(digest, registry.source());

        assertHolds(listener.awaitCompleted(), content);
        assertThat(registry.served()).isEqualTo(content.length);
        assertThat(registry.seen.get(1).range()).startsWith("bytes=100000-");
    }

    @Test
    void wrongBytesNeverBecomeACompleteBlobAndAreForgotten() throws Exception {
        byte[] content = bytes(20 * CHUNK);
        Digest digest = Digest.of(bytes(7));
        registry.addAs(digest, content);
        StoredBlob seen = ingest.start(digest, registry.source()).get(30, TimeUnit.SECONDS);
        listener.onChunk = index -> assertThat(seen.isComplete()).isFalse();

        assertThat(listener.awaitFailed())
                .isInstanceOf(WrongDigestException.class)
                .hasMessageContaining(digest.toString())
                .hasMessageContaining(registry.name());
        assertThat(store.find(digest)).isEmpty();
        assertThat(listener.chunks).hasSize(19);

        byte[] right = bytes(7);
        registry.addAs(digest, right);
        ingest.start(digest, registry.source());
        assertHolds(listener.awaitCompleted(), right);
    }

    @Test
    void aKilledIngestIsGoneOnWithAndEachByteIsReadOnce() throws Exception {
        byte[] content = bytes(12 * CHUNK + 77);
        Digest digest = registry.add(content);
        registry.trick = (exchange, number) -> {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes 0-" + (content.length - 1) + "/" + content.length);
            registry.send(exchange, 206, content, 0, 5 * CHUNK, content.length);
            registry.stall();
            return true;
        };
        CountDownLatch five = new CountDownLatch(5);
        listener.onChunk = index -> five.countDown();
        ingest.start(digest, registry.source());
        assertThat(await(five)).isTrue();
        closeHost();
        assertThat(listener.awaitFailed()).hasMessageContaining("cancelled");

        registry.trick = (exchange, number) -> false;
        openHost();
        ingest.start(digest, registry.source());

        assertHolds(listener.awaitCompleted(), content);
        assertThat(registry.served()).isEqualTo(content.length);
        assertThat(listener.chunks).containsExactly(5, 6, 7, 8, 9, 10, 11, 12);
    }

    @Test
    void aBlobWithHolesGetsOnlyItsMissingChunks() throws Exception {
        byte[] content = bytes(10 * CHUNK);
        Digest digest = registry.add(content);
        StoredBlob partial = store.create(new BlobInfo(digest, content.length, CHUNK));
        for (int index : new int[] {0, 1, 4, 9}) {
            partial.ingest(index, ByteBuffer.wrap(content, index * CHUNK, CHUNK));
        }

        ingest.start(digest, registry.source());

        assertHolds(listener.awaitCompleted(), content);
        assertThat(registry.served()).isEqualTo(6L * CHUNK);
        assertThat(listener.chunks).containsExactlyInAnyOrder(2, 3, 5, 6, 7, 8);
    }

    @Test
    void aBlobWithoutATellableLengthComesThroughATemporaryFile() throws Exception {
        byte[] content = bytes(9 * CHUNK + 3);
        Digest digest = registry.add(content);
        registry.trick = chunked(content);

        ingest.start(digest, registry.source()).get(30, TimeUnit.SECONDS);

        assertHolds(listener.awaitCompleted(), content);
        assertThat(registry.seen).hasSize(1);
        assertThat(registry.served()).isEqualTo(content.length);
    }

    @Test
    void aBlobWithoutATellableLengthIsBounded() throws Exception {
        byte[] content = bytes(5 << 20);
        Digest digest = registry.add(content);
        registry.trick = chunked(content);

        CompletableFuture<StoredBlob> answer = ingest.start(digest, registry.source());

        assertThatThrownBy(() -> answer.get(30, TimeUnit.SECONDS)).hasMessageContaining("more than 4194304 bytes");
        assertThat(listener.awaitFailed()).hasMessageContaining(digest.toString());
    }

    @Test
    void aPartialBlobIsCompletedEvenByAnAnswerWithoutRangeAndLength() throws Exception {
        byte[] content = bytes(6 * CHUNK + 3);
        Digest digest = registry.add(content);
        StoredBlob partial = store.create(new BlobInfo(digest, content.length, CHUNK));
        partial.ingest(0, ByteBuffer.wrap(content, 0, CHUNK));
        partial.ingest(3, ByteBuffer.wrap(content, 3 * CHUNK, CHUNK));
        registry.trick = chunked(content);

        ingest.start(digest, registry.source());

        assertHolds(listener.awaitCompleted(), content);
        assertThat(listener.chunks).containsExactly(1, 2, 4, 5, 6);
    }

    @Test
    void aPartialBlobThatWasWrongIsDroppedAndReadAnew() throws Exception {
        byte[] content = bytes(6 * CHUNK);
        Digest digest = registry.add(content);
        StoredBlob partial = store.create(new BlobInfo(digest, content.length, CHUNK));
        partial.ingest(0, ByteBuffer.wrap(new byte[CHUNK]));

        ingest.start(digest, registry.source());
        assertThat(listener.awaitFailed()).isInstanceOf(WrongDigestException.class);
        assertThat(store.find(digest)).isEmpty();

        ingest.start(digest, registry.source());
        assertHolds(listener.awaitCompleted(), content);
    }

    private HostileRegistry.Trick chunked(byte[] content) {
        return (exchange, number) -> {
            registry.send(exchange, 200, content, 0, content.length, 0);
            return true;
        };
    }

    @Test
    void anEmptyBlobIsABlob() throws Exception {
        Digest digest = registry.add(new byte[0]);

        StoredBlob blob = ingest.start(digest, registry.source()).get(30, TimeUnit.SECONDS);

        assertThat(blob.info().length()).isZero();
        assertThat(listener.awaitCompleted().isVerified()).isTrue();
        assertThat(registry.seen).hasSize(1);
    }

    @Test
    void manyAskersShareOneRead() throws Exception {
        byte[] content = bytes(8 * CHUNK);
        Digest digest = registry.add(content);
        CountDownLatch asked = new CountDownLatch(1);
        registry.trick = (exchange, number) -> !await(asked);

        List<CompletableFuture<StoredBlob>> answers = IntStream.range(0, 50)
                .mapToObj(i -> ingest.start(digest, i % 2 == 0 ? registry.source() : by("Bearer " + i)))
                .toList();
        asked.countDown();

        for (CompletableFuture<StoredBlob> answer : answers) {
            assertThat(answer.get(30, TimeUnit.SECONDS).info().digest()).isEqualTo(digest);
        }
        assertHolds(listener.awaitCompleted(), content);
        assertThat(ingest.start(digest, registry.source()).get(1, TimeUnit.SECONDS).isComplete()).isTrue();
        assertThat(registry.seen).hasSize(1);
        assertThat(listener.described).hasSize(1);
    }

    @Test
    void aRefusalIsTheAnswerOnlyToWhoseCredentialsWereRefused() throws Exception {
        byte[] content = bytes(2 * CHUNK);
        Digest digest = registry.add(content);
        CountDownLatch bothAsked = new CountDownLatch(1);
        registry.trick = (exchange, number) -> {
            if (!await(bothAsked)) {
                throw new IllegalStateException("the second did not ask");
            }
            return denyUnless(exchange, "Bearer good");
        };
        CompletableFuture<StoredBlob> bad = ingest.start(digest, by("Bearer bad"));
        CompletableFuture<StoredBlob> good = ingest.start(digest, by("Bearer good"));
        bothAsked.countDown();

        assertThat(good.get(30, TimeUnit.SECONDS).info().length()).isEqualTo(content.length);
        assertThatThrownBy(() -> bad.get(30, TimeUnit.SECONDS)).isInstanceOfSatisfying(ExecutionException.class, e -> {
            BlobRefusedException refused = (BlobRefusedException) e.getCause();
            assertThat(refused.refusal().status()).isEqualTo(401);
            assertThat(refused.refusal().challenge()).isEqualTo("Bearer realm=\"http://elsewhere/token\"");
        });
        assertHolds(listener.awaitCompleted(), content);
    }

    @Test
    void aRefusalOfEverybodyIsTold() throws Exception {
        Digest digest = Digest.of(bytes(1));

        CompletableFuture<StoredBlob> answer = ingest.start(digest, registry.source());

        assertThatThrownBy(() -> answer.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(BlobRefusedException.class);
        assertThat(listener.awaitFailed()).isInstanceOf(BlobRefusedException.class);
        assertThat(ingest.isRunning(digest)).isFalse();
    }

    @Test
    void aTokenThatExpiresMidwayIsReplacedByThatOfAnotherAsker() throws Exception {
        byte[] content = bytes(40 * CHUNK);
        Digest digest = registry.add(content);
        ingest.hint(digest, content.length);
        CountDownLatch joined = new CountDownLatch(1);
        registry.trick = (exchange, number) -> {
            if (number == 0) {
                return false;
            }
            if (!await(joined)) {
                throw new IllegalStateException("nobody joined");
            }
            return denyUnless(exchange, "Bearer second");
        };

        ingest.start(digest, by("Bearer first")).get(30, TimeUnit.SECONDS);
        ingest.start(digest, by("Bearer second")).get(30, TimeUnit.SECONDS);
        joined.countDown();

        assertHolds(listener.awaitCompleted(), content);
        assertThat(registry.served()).isEqualTo(content.length);
    }

    @Test
    void manyBlobsAtOnceStayWithinTheMemoryAndTheStreams() throws Exception {
        int blobs = 40;
        for (int i = 0; i < blobs; i++) {
            byte[] content = bytes(20 * CHUNK + i);
            Digest digest = registry.add(content);
            if (i % 2 == 0) {
                ingest.hint(digest, content.length);
            }
            ingest.start(digest, registry.source());
        }
        long sum = 0;
        for (int i = 0; i < blobs; i++) {
            StoredBlob blob = listener.awaitCompleted();
            assertHolds(blob, bytes((int) blob.info().length()));
            sum += blob.info().length();
        }
        assertThat(registry.served()).isEqualTo(sum);
        assertThat(ingest.statistics().completed()).isEqualTo(blobs);
        assertThat(ingest.statistics().bytes()).isEqualTo(sum);
    }

    private BlobSource by(String authorization) {
        return new BlobSource(registry.source().repository(), authorization);
    }

    private static boolean denyUnless(HttpExchange exchange, String authorization) throws IOException {
        if (authorization.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            return false;
        }
        exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer realm=\"http://elsewhere/token\"");
        answer(exchange, 401, "{\"errors\":[{\"code\":\"UNAUTHORIZED\"}]}");
        return true;
    }

    private static boolean await(CountDownLatch latch) {
        try {
            return latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
