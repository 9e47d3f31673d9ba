package io.lighterage.peer.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.StoreException.Reason;
import java.io.BufferedReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpeningTest {
    @TempDir
    private Path directory;

    private void assertRefused(Path data, Reason reason) {
        assertThatThrownBy(() -> BlobStore.open(data).close())
                .hasMessageContaining(data.toString())
                .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void aDirectoryThatThisProcessHasOpenIsRefused() throws Exception {
        try (BlobStore store = BlobStore.open(directory)) {
            assertRefused(directory, Reason.IN_USE);
            assertThat(store.digests()).isEmpty();
        }
        BlobStore.open(directory).close();
    }

    @Test
    void aDirectoryThatAnotherProcessHasOpenIsRefused() throws Exception {
        Process child = WritingChild.start(directory, 1, 1);
        try (BufferedReader out = child.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).startsWith("wrote ");
            assertRefused(directory, Reason.IN_USE);
        } finally {
            child.destroyForcibly();
            assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        BlobStore.open(directory).close();
    }

    @Test
    void aDirectoryThatCannotBeMadeIsRefused() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "not a directory");
        assertRefused(file.resolve("data"), Reason.NOT_WRITABLE);
        assertRefused(file, Reason.NOT_WRITABLE);
    }

    @Test
    void aDirectoryOfAnotherVersionIsRefusedAndLeftAlone() throws Exception {
        BlobStore.open(directory).close();
        Path format = directory.resolve("format");
        Files.writeString(format, "lighterage-store 2\n");
        assertRefused(directory, Reason.OTHER_VERSION);
        assertThat(Files.readString(format)).isEqualTo("lighterage-store 2\n");
        Files.delete(format);
        assertRefused(directory, Reason.OTHER_VERSION);
        Files.writeString(format, "lighterage-store 1\n");
        BlobStore.open(directory).close();
    }

    @Test
    void aDatabaseThatIsBrokenIsNamed() throws Exception {
        BlobStore.open(directory).close();
        Files.writeString(directory.resolve("db/CURRENT"), "nonsense");
        assertRefused(directory, Reason.FAILED);
    }

    @Test
    void tenThousandSmallBlobsAreStoredAndFoundAgain() throws Exception {
        int count = 10_000;
        List<Digest> digests = new ArrayList<>();
        long start = System.nanoTime();
        try (BlobStore store = BlobStore.open(directory)) {
            for (int i = 0; i < count; i++) {
                digests.add(store.put(("blob " + i).getBytes(StandardCharsets.UTF_8)).info().digest());
            }
            System.out.println("put " + count + " blobs in " + sinceMs(start) + " ms");
            start = System.nanoTime();
        }
        System.out.println("closed in " + sinceMs(start) + " ms");
        start = System.nanoTime();
        try (LocalBlobStore store = (LocalBlobStore) BlobStore.open(directory)) {
            System.out.println("opened in " + sinceMs(start) + " ms");
            assertThat(store.statistics().completeBlobs()).isEqualTo(count);
            assertThat(store.digests()).hasSize(count);
            StoredBlob held = store.find(digests.get(0)).orElseThrow();
            for (int i = 0; i < count; i += 2) {
                assertThat(Contents.read(store.find(digests.get(i)).orElseThrow())).asString().isEqualTo("blob " + i);
            }
            // By now many more were used than are kept, but who holds a blob shares it.
            assertThat(store.find(digests.get(0)).orElseThrow()).isSameAs(held);
            assertThat(store.openFiles()).isLessThanOrEqualTo(256);
        }
    }

    private static long sinceMs(long start) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }

    @Test
    void aUseIsRecordedAtMostOnceAMinute() throws Exception {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
        Digest digest;
        try (BlobStore store = LocalBlobStore.open(directory, now::get)) {
            StoredBlob blob = store.create(Contents.random(2, 2 * BlobInfo.SMALLEST_CHUNK).info());
            blob.setVerified();
            digest = blob.info().digest();
            now.updateAndGet(t -> t.plus(Duration.ofSeconds(100)));
            blob.touch();
            now.updateAndGet(t -> t.plus(Duration.ofSeconds(59)));
            blob.touch();
        }
        try (Database db = Database.open(directory.resolve("db"))) {
            BlobRecord record = new BlobIndex(db).find(digest);
            assertThat(Instant.ofEpochMilli(record.lastUseMs())).isEqualTo(Instant.parse("2026-01-01T00:01:40Z"));
            assertThat(record.verified()).isTrue();
        }
    }

    @Test
    void presenceIsRecordedByItselfSoonAfterAWrite() throws Exception {
        Contents contents = Contents.random(1, 3 * BlobInfo.SMALLEST_CHUNK);
        DataDirectory data = DataDirectory.open(directory);
        try (data;
                Database db = Database.open(data.database())) {
            BlobIndex index = new BlobIndex(db);
            Recorder recorder = new Recorder(db, data.blobs());
            StoreParts parts = LocalBlobStore.parts(data, index, new Counters(), recorder, Instant::now);
            recorder.start();
            data.makeDataFile(contents.digest(), contents.info().length());
            LocalBlob blob = LocalBlob.fresh(new BlobRecord(contents.info(), false, 0), parts);
            blob.ingest(1, contents.buffer(1));
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (!index.presence(contents.info()).contains(1) && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            assertThat(index.presence(contents.info()).contains(1)).isTrue();
            assertThat(index.unrecorded()).isEmpty();
            recorder.stop();
            parts.files().close();
        }
    }

    @Test
    void aChunkThatWasNotRecordedIsRegainedOnlyIfItsBytesAreThere() throws Exception {
        byte[] bytes = Contents.random(2, 5 * BlobInfo.SMALLEST_CHUNK).bytes();
        Arrays.fill(bytes, 3 * BlobInfo.SMALLEST_CHUNK, 4 * BlobInfo.SMALLEST_CHUNK, (byte) 0);
        Contents contents = Contents.of(bytes);
        BlobInfo info = contents.info();
        try (BlobStore store = BlobStore.open(directory)) {
            StoredBlob blob = store.create(info);
            blob.learn(0, contents.hashes(0, 4));
        }
        // As a crash leaves it: data written and the group marked, nothing recorded.
        try (DataDirectory data = DataDirectory.open(directory);
                Database db = Database.open(data.database())) {
            OpenFiles files = new OpenFiles(1);
            try (FileLease file = files.lease(info.digest(), data.dataFile(info.digest()))) {
                file.write(info.offsetOf(1), contents.buffer(1));
                file.write(info.offsetOf(2), ByteBuffer.wrap(contents.chunk(2), 0, 1000));
                file.write(info.offsetOf(4), contents.buffer(4));
            }
            files.close();
            new BlobIndex(db).markUnrecorded(info.digest(), 0);
        }
        for (int turn = 0; turn < 2; turn++) {
            try (BlobStore store = BlobStore.open(directory)) {
                StoredBlob blob = store.find(info.digest()).orElseThrow();
                // 0 is hole, 2 is torn, 3 is zeros and its hole is as good, 4 has no table entry.
                assertThat(blob.present()).isEqualTo(ChunkSet.of(5, 1, 3));
                assertThat(store.statistics().presentBytes()).isEqualTo(2 * BlobInfo.SMALLEST_CHUNK);
            }
        }
    }
}
