package io.lighterage.peer.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ChunkTable;
import io.lighterage.peer.store.StoreException.Reason;
import java.io.BufferedReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobWriterTest {
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

    private StoredBlob write(Contents contents, int chunkLength) throws Exception {
        try (BlobWriter writer = store.newBlob(chunkLength)) {
            writer.append(ByteBuffer.wrap(contents.bytes()));
            return writer.finish();
        }
    }

    private List<Path> filesOfNewBlobs() throws Exception {
        try (Stream<Path> files = Files.list(directory.resolve("new"))) {
            return files.toList();
        }
    }

    private static void assertWhole(StoredBlob blob, Contents contents) throws Exception {
        assertThat(blob.info().digest()).isEqualTo(contents.digest());
        assertThat(blob.isComplete()).isTrue();
        assertThat(blob.isVerified()).isTrue();
        assertThat(Contents.read(blob)).isEqualTo(contents.bytes());
    }

    @Test
    void aFinishedBlobIsWholeAndVerifiedAndThereAfterReopening() throws Exception {
        // More than a group of chunks, so that its table and presence take several records.
        Contents contents = Contents.random(1, (BlobIndex.GROUP + 3) * CHUNK - 5);
        StoredBlob blob = write(contents, CHUNK);
        assertWhole(blob, contents);
        ChunkTable expected = new ChunkTable(contents.info());
        for (int i = 0; i < contents.info().chunkCount(); i++) {
            expected.put(i, contents.hash(i));
        }
        assertThat(blob.table().digest()).isEqualTo(expected.digest());
        assertThat(store.statistics())
                .isEqualTo(new StoreStatistics(1, 1, contents.bytes().length, contents.bytes().length));
        reopen();
        assertWhole(store.find(contents.digest()).orElseThrow(), contents);
        assertThat(store.statistics())
                .isEqualTo(new StoreStatistics(1, 1, contents.bytes().length, contents.bytes().length));
        assertThat(filesOfNewBlobs()).isEmpty();
    }

    @Test
    void piecesOfAnySizeMakeTheSameBlob() throws Exception {
        Contents contents = Contents.random(2, 7 * CHUNK + 1);
        Random random = new Random(2);
        try (BlobWriter writer = store.newBlob(CHUNK)) {
            for (int at = 0; at < contents.bytes().length; ) {
                int count = Math.min(random.nextInt(2 * CHUNK), contents.bytes().length - at);
                ByteBuffer piece = random.nextBoolean() ? ByteBuffer.allocate(count) : ByteBuffer.allocateDirect(count);
                writer.append(piece.put(contents.bytes(), at, count).flip());
                assertThat(piece.hasRemaining()).isFalse();
                at += count;
                assertThat(writer.length()).isEqualTo(at);
            }
            assertWhole(writer.finish(), contents);
        }
    }

    @Test
    void aBlobOfNoBytesCanBeWritten() throws Exception {
        Contents nothing = Contents.random(3, 0);
        assertWhole(write(nothing, CHUNK), nothing);
        reopen();
        assertWhole(store.find(nothing.digest()).orElseThrow(), nothing);
    }

    @Test
    void aBlobThatIsThereAlreadyIsAnswered() throws Exception {
        Contents contents = Contents.random(4, 3 * CHUNK);
        StoredBlob first = write(contents, 2 * CHUNK);
        assertThat(write(contents, CHUNK)).isSameAs(first);
        assertThat(store.statistics().blobs()).isEqualTo(1);
        assertThat(filesOfNewBlobs()).isEmpty();
    }

    @Test
    void aPartialBlobOfTheSameBytesGivesWay() throws Exception {
        Contents contents = Contents.random(5, 3 * CHUNK);
        StoredBlob partial = store.create(contents.info());
        partial.ingest(0, contents.buffer(0));
        assertWhole(write(contents, 2 * CHUNK), contents);
        assertThat(partial.has(0)).isFalse();
        reopen();
        assertWhole(store.find(contents.digest()).orElseThrow(), contents);
    }

    @Test
    void aBlobThatIsNotFinishedLeavesNothing() throws Exception {
        try (BlobWriter writer = store.newBlob(CHUNK)) {
            writer.append(ByteBuffer.wrap(Contents.random(6, 9 * CHUNK).bytes()));
            assertThat(filesOfNewBlobs()).hasSize(1);
        }
        assertThat(filesOfNewBlobs()).isEmpty();
        assertThat(store.digests()).isEmpty();
    }

    @Test
    void nothingIsAddedToAFinishedBlob() throws Exception {
        try (BlobWriter writer = store.newBlob(CHUNK)) {
            writer.finish();
            assertThatThrownBy(() -> writer.append(ByteBuffer.allocate(1))).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void aFullDiskIsNamedAndTheStoreGoesOn() throws Exception {
        Path full = directory.resolve("new");
        Assumptions.assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", full.toString()), "mounts need root");
        try {
            Contents tooLong = Contents.random(7, 16 * CHUNK);
            assertThatThrownBy(() -> write(tooLong, CHUNK))
                    .hasMessageContaining(directory.toString())
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DISK_FULL));
            assertThat(store.digests()).isEmpty();
            assertThat(filesOfNewBlobs()).isEmpty();
        } finally {
            assertThat(run("umount", full.toString())).isTrue();
        }
        Contents contents = Contents.random(8, CHUNK);
        assertWhole(write(contents, CHUNK), contents);
    }

    private static boolean run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getInputStream().readAllBytes();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return process.exitValue() == 0;
    }

    @Test
    void aKillLeavesWhatWasFinishedAndNothingElse() throws Exception {
        store.close();
        int next = 0;
        for (int round = 0; round < 4; round++) {
            next = killAfter(2 + round, next);
            try (BlobStore again = BlobStore.open(directory)) {
                for (int blob = 0; blob < next; blob++) {
                    Contents contents = Contents.random(blob, FinishingChild.LENGTH);
                    assertWhole(again.find(contents.digest()).orElseThrow(), contents);
                }
                // The kill may have come between the end of one more and the line that says so.
                assertThat(again.digests().size()).isBetween(next, next + 1);
                assertThat(again.statistics().completeBlobs()).isEqualTo(again.digests().size());
                assertThat(filesOfNewBlobs()).isEmpty();
                next = again.digests().size();
            }
        }
    }

    /** Runs a child that makes blobs {@code from ..}; answers the number of the first blob of which it did not tell. */
    private int killAfter(int lines, int from) throws Exception {
        Process child = WritingChild.start(FinishingChild.class, directory.toString(), Integer.toString(from));
        int told = from;
        try (BufferedReader out = child.inputReader(StandardCharsets.UTF_8)) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                // The last line may be torn.
                told += line.matches("finished \\d+;") ? 1 : 0;
                if (told - from == lines) {
                    child.toHandle().destroyForcibly();
                }
            }
            assertThat(told - from).isGreaterThanOrEqualTo(lines);
            return told;
        } finally {
            child.destroyForcibly();
            assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
    }
}
