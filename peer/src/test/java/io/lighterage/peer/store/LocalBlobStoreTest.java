package io.lighterage.peer.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.ConflictingChunkException;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.StoreException.Reason;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalBlobStoreTest {
    private static final int CHUNK = BlobInfo.SMALLEST_CHUNK;

    @TempDir
    private Path directory;

    private BlobStore store;

    @BeforeEach
    void open() throws Exception {
        store = BlobStore.open(directory);
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    private void reopen() throws Exception {
        store.close();
        store = BlobStore.open(directory);
    }

    private static void assertRefused(Reason reason, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void aChunkIsUsableOnceWrittenAndTheBlobWholeWithItsLast() throws Exception {
        Contents contents = Contents.random(1, 2 * CHUNK + 10);
        StoredBlob blob = store.create(contents.info());
        assertThat(blob.info()).isEqualTo(contents.info());
        blob.learn(0, contents.hashes());

        blob.write(2, contents.buffer(2));
        assertThat(blob.present()).isEqualTo(ChunkSet.of(3, 2));
        assertThat(blob.has(2)).isTrue();
        assertThat(blob.has(0)).isFalse();
        assertThat(Contents.readChunk(blob, 2)).isEqualTo(contents.chunk(2));
        assertThat(blob.isComplete()).isFalse();

        blob.write(0, contents.buffer(0));
        blob.write(1, contents.buffer(1));
        assertThat(blob.isComplete()).isTrue();
        assertThat(Contents.read(blob)).isEqualTo(contents.bytes());
    }

    @Test
    void whatWasWrittenIsThereAfterReopening() throws Exception {
        Contents whole = Contents.random(2, 5 * CHUNK - 3);
        Contents part = Contents.random(3, 3 * CHUNK);
        whole.learnAndWriteAll(store.create(whole.info()));
        store.find(whole.digest()).orElseThrow().setVerified();
        StoredBlob partial = store.create(part.info());
        partial.learn(1, part.hashes(1, 2));
        partial.write(1, part.buffer(1));

        reopen();

        StoredBlob again = store.find(whole.digest()).orElseThrow();
        assertThat(again.isComplete()).isTrue();
        assertThat(again.isVerified()).isTrue();
        assertThat(again.table().digest()).isEqualTo(Digest.of(whole.hashes()));
        assertThat(Contents.read(again)).isEqualTo(whole.bytes());
        partial = store.find(part.digest()).orElseThrow();
        assertThat(partial.present()).isEqualTo(ChunkSet.of(3, 1));
        assertThat(partial.table().known()).isEqualTo(ChunkSet.of(3, 1, 2));
        assertThat(partial.isVerified()).isFalse();
        assertThat(store.digests()).containsExactlyInAnyOrder(whole.digest(), part.digest());
        assertThat(store.statistics()).isEqualTo(new StoreStatistics(2, 1, 6L * CHUNK - 3, 8L * CHUNK - 3));
    }

    @Test
    void wrongDataIsRefusedAndNotWritten() throws Exception {
        Contents contents = Contents.random(4, 2 * CHUNK);
        StoredBlob blob = store.create(contents.info());
        assertThatThrownBy(() -> blob.write(0, contents.buffer(0)))
                .isInstanceOf(WrongChunkException.class)
                .hasMessageContaining("not known");
        blob.learn(0, contents.hashes());

        assertThatThrownBy(() -> blob.write(0, contents.buffer(1)))
                .isInstanceOf(WrongChunkException.class)
                .hasMessageContaining(contents.digest().toString());
        assertThatThrownBy(() -> blob.write(0, ByteBuffer.allocate(CHUNK - 1)))
                .isInstanceOf(WrongChunkException.class)
                .hasMessageContaining("65535 bytes, not 65536");
        assertThat(blob.present().isEmpty()).isTrue();
        assertThat(Contents.readChunk(blob, 0)).containsOnly(0);
    }

    @Test
    void writingConsumesHeapAndDirectBuffersWhateverTheirPosition() throws Exception {
        Contents contents = Contents.random(5, 2 * CHUNK);
        StoredBlob blob = store.create(contents.info());
        blob.learn(0, contents.hashes());
        ByteBuffer heap = ByteBuffer.wrap(contents.bytes(), CHUNK, CHUNK);
        ByteBuffer direct = ByteBuffer.allocateDirect(CHUNK + 7).position(7).put(contents.chunk(0)).position(7);

        blob.write(1, heap);
        blob.write(0, direct.asReadOnlyBuffer());
        ByteBuffer again = contents.buffer(0);
        blob.write(0, again);

        assertThat(heap.hasRemaining()).isFalse();
        assertThat(again.hasRemaining()).isFalse();
        assertThat(Contents.read(blob)).isEqualTo(contents.bytes());
    }

    @Test
    void ingestingMakesTheTable() throws Exception {
        Contents contents = Contents.random(6, 2 * CHUNK + 1);
        StoredBlob blob = store.create(contents.info());
        for (int i : new int[] {1, 2, 0}) {
            blob.ingest(i, contents.buffer(i));
        }
        assertThat(blob.table().digest()).isEqualTo(Digest.of(contents.hashes()));
        assertThat(blob.isComplete()).isTrue();
        assertThatThrownBy(() -> blob.ingest(0, contents.buffer(1))).isInstanceOf(WrongChunkException.class);
        assertThatThrownBy(() -> blob.ingest(2, contents.buffer(1))).isInstanceOf(WrongChunkException.class);
        assertThat(Contents.read(blob)).isEqualTo(contents.bytes());
    }

    @Test
    void conflictingEntriesAreRefusedAltogether() throws Exception {
        Contents contents = Contents.random(7, 4 * CHUNK);
        StoredBlob blob = store.create(contents.info());
        blob.learn(2, contents.hashes(2, 1));
        byte[] bad = contents.hashes();
        bad[2 * 32 + 5] ^= 1;

        assertThatThrownBy(() -> blob.learn(0, bad)).isInstanceOf(ConflictingChunkException.class);
        assertThat(blob.table().known()).isEqualTo(ChunkSet.of(4, 2));
        blob.learn(0, contents.hashes());
        reopen();
        assertThat(store.find(contents.digest()).orElseThrow().table().digest())
                .isEqualTo(Digest.of(contents.hashes()));
    }

    @Test
    void entriesThatDoNotFitAreRefused() throws Exception {
        StoredBlob blob = store.create(Contents.random(8, 2 * CHUNK).info());
        for (int[] firstAndBytes : new int[][] {{0, 31}, {-1, 32}, {2, 32}, {0, 96}, {Integer.MAX_VALUE, 64}}) {
            assertThatThrownBy(() -> blob.learn(firstAndBytes[0], new byte[firstAndBytes[1]]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("2 chunks");
        }
        assertThat(blob.table().known().isEmpty()).isTrue();
    }

    @Test
    void aBlobOfNoBytesIsWholeAtOnce() throws Exception {
        StoredBlob blob = store.create(Contents.of(new byte[0]).info());
        assertThat(blob.isComplete()).isTrue();
        assertThat(store.put(new byte[0])).isSameAs(blob);
        assertThat(blob.isVerified()).isTrue();
        reopen();
        assertThat(store.find(blob.info().digest()).orElseThrow().isComplete()).isTrue();
        assertThat(store.statistics()).isEqualTo(new StoreStatistics(1, 1, 0, 0));
    }

    @Test
    void aSmallBlobIsPutInOneVerifiedChunk() throws Exception {
        for (int length : new int[] {1, CHUNK, CHUNK + 1, BlobInfo.LARGEST_CHUNK}) {
            Contents contents = Contents.random(length, length);
            StoredBlob blob = store.put(contents.bytes());
            assertThat(blob.info().digest()).isEqualTo(contents.digest());
            assertThat(blob.info().chunkCount()).isEqualTo(1);
            assertThat(blob.isComplete() && blob.isVerified()).isTrue();
            assertThat(Contents.read(store.put(contents.bytes()))).isEqualTo(contents.bytes());
        }
        assertThatThrownBy(() -> store.put(new byte[BlobInfo.LARGEST_CHUNK + 1]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void puttingABlobOfWhichAWrongTableIsKnownReplacesIt() throws Exception {
        Contents contents = Contents.random(9, 2 * CHUNK);
        StoredBlob wrong = store.create(contents.info());
        wrong.learn(0, new byte[32]);
        StoredBlob right = store.put(contents.bytes());
        assertThat(right.isComplete()).isTrue();
        assertThat(Contents.read(right)).isEqualTo(contents.bytes());
        assertThat(wrong.isComplete()).isFalse();
    }

    @Test
    void theTableOfAnOnlyChunkIsTheDigestOfTheBlob() throws Exception {
        Contents contents = Contents.random(9, CHUNK);
        StoredBlob blob = store.create(contents.info());
        assertThat(blob.isVerified()).isFalse();
        assertThatThrownBy(() -> blob.write(0, ByteBuffer.wrap(new byte[CHUNK])))
                .isInstanceOf(WrongChunkException.class);
        blob.write(0, contents.buffer(0));
        assertThat(blob.isComplete() && blob.isVerified()).isTrue();
    }

    @Test
    void aBlobOfAnotherShapeIsAConflict() throws Exception {
        BlobInfo info = Contents.random(10, 3 * CHUNK).info();
        StoredBlob blob = store.create(info);
        assertThat(store.create(info)).isSameAs(blob);
        assertRefused(Reason.CONFLICT, () -> store.create(new BlobInfo(info.digest(), info.length(), 2 * CHUNK)));
        assertRefused(Reason.CONFLICT, () -> store.create(new BlobInfo(info.digest(), CHUNK, CHUNK)));
    }

    @Test
    void aWithdrawnBlobIsReadOnByItsReadersAndByNobodyElse() throws Exception {
        Contents contents = Contents.random(11, 2 * CHUNK);
        StoredBlob old = store.create(contents.info());
        contents.learnAndWriteAll(old);
        store.flush();
        try (BlobReader reader = old.open()) {
            assertThat(old.losses()).isZero();
            store.delete(contents.digest());
            assertThat(old.losses()).as("losses").isPositive();

            assertThat(store.find(contents.digest())).isEmpty();
            assertThat(reader.path()).doesNotExist();
            assertRefused(Reason.WITHDRAWN, old::open);
            assertRefused(Reason.WITHDRAWN, () -> old.write(0, contents.buffer(0)));
            assertRefused(Reason.WITHDRAWN, () -> old.ingest(0, contents.buffer(0)));
            assertRefused(Reason.WITHDRAWN, () -> old.learn(0, contents.hashes()));
            assertThat(old.present().isEmpty()).isTrue();
            assertThat(store.statistics()).isEqualTo(new StoreStatistics(0, 0, 0, 0));

            StoredBlob fresh = store.create(contents.info());
            assertThat(fresh).isNotSameAs(old);
            assertThat(fresh.table().known().isEmpty()).isTrue();
            assertThat(Contents.read(fresh)).containsOnly(0);
            ByteBuffer target = ByteBuffer.allocate(2 * CHUNK);
            reader.read(0, target);
            assertThat(target.array()).isEqualTo(contents.bytes());
        }
        reopen();
        assertThat(store.find(contents.digest()).orElseThrow().present().isEmpty()).isTrue();
        store.delete(Digest.of(new byte[3]));
    }

    @Test
    void readersShareADescriptorAndCloseOnce() throws Exception {
        Contents contents = Contents.random(12, CHUNK);
        StoredBlob blob = store.put(contents.bytes());
        BlobReader one = blob.open();
        BlobReader two = blob.open();
        assertThat(one.channel()).isSameAs(two.channel());
        one.close();
        one.close();
        ByteBuffer target = ByteBuffer.allocate(CHUNK);
        two.read(0, target);
        assertThat(target.array()).isEqualTo(contents.bytes());
        assertThatThrownBy(() -> one.read(0, ByteBuffer.allocate(1))).isInstanceOf(IllegalStateException.class);
        two.close();
    }

    @Test
    void aThreadThatIsInterruptedHarmsNoOtherReaderOrWriter() throws Exception {
        Contents contents = Contents.random(13, 4 * CHUNK);
        StoredBlob blob = store.create(contents.info());
        try (BlobReader other = blob.open()) {
            Thread.currentThread().interrupt();
            contents.learnAndWriteAll(blob);
            assertThat(Contents.read(blob)).isEqualTo(contents.bytes());
            assertThat(Thread.interrupted()).isTrue();
            ByteBuffer target = ByteBuffer.allocate(4 * CHUNK);
            other.read(0, target);
            assertThat(target.array()).isEqualTo(contents.bytes());
            assertThat(other.channel().isOpen()).isTrue();
        } finally {
            Thread.interrupted();
        }
    }

    @Test
    void interruptsInTheMidstOfReadsAndWritesChangeNothing() throws Exception {
        // Chunks that are written in several steps.
        byte[] bytes = Contents.random(18, 40 << 20).bytes();
        Contents contents = new Contents(new BlobInfo(Digest.of(bytes), bytes.length, 1 << 20), bytes);
        StoredBlob blob = store.create(contents.info());
        AtomicBoolean tormenting = new AtomicBoolean(true);
        AtomicInteger next = new AtomicInteger();
        List<FutureTask<Void>> tasks = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            FutureTask<Void> task = new FutureTask<>(() -> {
                for (int i = next.getAndIncrement(); i < contents.info().chunkCount(); i = next.getAndIncrement()) {
                    blob.ingest(i, contents.buffer(i));
                    assertThat(Contents.readChunk(blob, i)).isEqualTo(contents.chunk(i));
                }
                return null;
            });
            tasks.add(task);
            threads.add(Thread.ofVirtual().start(task));
        }
        Thread tormentor = Thread.ofPlatform().start(() -> {
            while (tormenting.get()) {
                threads.forEach(Thread::interrupt);
                LockSupport.parkNanos(50_000);
            }
        });
        try {
            for (FutureTask<Void> task : tasks) {
                task.get(60, TimeUnit.SECONDS);
            }
        } finally {
            tormenting.set(false);
            tormentor.join();
        }
        assertThat(Contents.read(blob)).isEqualTo(contents.bytes());
    }

    @Test
    void manyThreadsWriteOneBlobAndManyBlobs() throws Exception {
        List<Contents> all = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            all.add(Contents.random(100 + i, 24 * CHUNK + i));
        }
        List<Future<?>> writes = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int turn = 0; turn < 2; turn++) {
                for (Contents contents : all) {
                    for (int i = 0; i < contents.info().chunkCount(); i++) {
                        int index = i;
                        writes.add(threads.submit(() -> {
                            store.create(contents.info()).ingest(index, contents.buffer(index));
                            return null;
                        }));
                    }
                }
            }
            for (Future<?> write : writes) {
                write.get();
            }
        }
        reopen();
        for (Contents contents : all) {
            StoredBlob blob = store.find(contents.digest()).orElseThrow();
            assertThat(blob.isComplete()).isTrue();
            assertThat(Contents.read(blob)).isEqualTo(contents.bytes());
        }
        assertThat(store.statistics().completeBlobs()).isEqualTo(6);
    }

    @Test
    void ofTwoContentsIngestedAtOnceForOneChunkTheTableAndTheDataAgree() throws Exception {
        Contents contents = Contents.random(14, CHUNK);
        Contents other = Contents.random(15, CHUNK);
        for (int turn = 0; turn < 30; turn++) {
            StoredBlob blob = store.create(contents.info());
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (Contents source : List.of(contents, other)) {
                    threads.submit(() -> {
                        blob.ingest(0, source.buffer(0));
                        return null;
                    });
                }
            }
            assertThat(Digest.of(Contents.read(blob)).bytes()).isEqualTo(blob.table().hash(0));
            store.delete(contents.digest());
        }
    }

    @Test
    void tablesKeepTheirValues() throws Exception {
        KeyValueTable tags = store.table("tags");
        tags.put("a", new byte[] {1});
        tags.put("b", new byte[] {2});
        store.table("tags-of-old").put("a", new byte[] {3});
        tags.remove("b");
        reopen();
        assertThat(store.table("tags").get("a").orElseThrow()).containsExactly(1);
        assertThat(store.table("tags").get("b")).isEmpty();
        assertThat(store.table("tags-of-old").get("a").orElseThrow()).containsExactly(3);
        assertThatThrownBy(() -> store.table("Tags/")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aBlobWhoseFileWasLostStartsAnew() throws Exception {
        Contents contents = Contents.random(16, 2 * CHUNK);
        contents.learnAndWriteAll(store.create(contents.info()));
        Path file;
        try (BlobReader reader = store.find(contents.digest()).orElseThrow().open()) {
            file = reader.path();
        }
        store.close();
        Files.delete(file);
        store = BlobStore.open(directory);
        StoredBlob blob = store.find(contents.digest()).orElseThrow();
        assertThat(blob.present().isEmpty()).isTrue();
        contents.learnAndWriteAll(blob);
        assertThat(Contents.read(blob)).isEqualTo(contents.bytes());
        assertThat(store.statistics()).isEqualTo(new StoreStatistics(1, 1, 2 * CHUNK, 2 * CHUNK));
    }

    @Test
    void dataWithoutABlobIsSweptAwayOnOpening() throws Exception {
        store.close();
        Path orphan = directory.resolve("blobs/ab/" + "ab".repeat(32));
        Files.createDirectories(orphan.getParent());
        Files.write(orphan, new byte[10]);
        Path foreign = Files.write(orphan.resolveSibling("README"), new byte[10]);
        store = BlobStore.open(directory);
        assertThat(orphan).doesNotExist();
        assertThat(foreign).exists();
    }

    @Test
    void aClosedStoreSaysSo() throws Exception {
        Contents contents = Contents.random(17, CHUNK);
        StoredBlob blob = store.put(contents.bytes());
        KeyValueTable table = store.table("tags");
        BlobReader reader = blob.open();
        store.close();
        store.close();
        List<ThrowingCallable> calls = List.of(
                () -> store.find(contents.digest()),
                () -> store.create(contents.info()),
                () -> store.put(contents.bytes()),
                () -> store.delete(contents.digest()),
                () -> store.digests(),
                () -> store.statistics(),
                () -> store.flush(),
                () -> store.table("tags"),
                () -> table.get("a"),
                () -> table.put("a", new byte[1]),
                () -> blob.has(0),
                () -> blob.open(),
                () -> blob.setVerified(),
                () -> blob.write(0, contents.buffer(0)));
        for (ThrowingCallable call : calls) {
            assertThatThrownBy(call).isInstanceOf(IllegalStateException.class).hasMessageContaining("is closed");
        }
        ByteBuffer target = ByteBuffer.allocate(CHUNK);
        reader.read(0, target);
        assertThat(target.array()).isEqualTo(contents.bytes());
        reader.close();
    }
}
