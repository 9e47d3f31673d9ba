package io.lighterage.blockdev.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.blockdev.linux.Host;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.store.StoredBlob;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BlobDeviceTest {
    private static final int CHUNK = BlobInfo.SMALLEST_CHUNK;
    private static final DeviceConfig QUIET = new DeviceConfig(Duration.ofSeconds(30), 0);
    private static final DeviceConfig HASTY = new DeviceConfig(Duration.ofMillis(200), 0);

    @TempDir
    Path directory;

    private static byte[] joined(List<MemorySegment> views) {
        ByteBuffer all = ByteBuffer.allocate(views.stream().mapToInt(v -> (int) v.byteSize()).sum());
        views.forEach(view -> all.put(view.toArray(ValueLayout.JAVA_BYTE)));
        return all.array();
    }

    @Test
    void anyRangeHasTheBytesOfTheBlobsThatItLiesIn() throws Exception {
        try (TestDevice test = new TestDevice(directory, DeviceConfig.DEFAULT, 5, 70, 3, 200)) {
            Random random = new Random(1);
            for (int i = 0; i < 300; i++) {
                int offset = random.nextInt(test.bytes.length);
                int length = random.nextInt(Math.min(300_000, test.bytes.length - offset + 1));
                assertThat(test.read(offset, length)).isEqualTo(test.expected(offset, length));
                assertThat(joined(test.device.present(offset, length))).isEqualTo(test.expected(offset, length));
            }
            assertThat(test.read(0, test.bytes.length)).isEqualTo(test.bytes);
            assertThat(test.device.statistics().local()).isEqualTo(test.bytes.length);
        }
    }

    @Test
    void whatIsMissingIsNotPresent() throws Exception {
        try (TestDevice test = new TestDevice(directory, QUIET, 16, 64)) {
            assertThat(test.device.present(0, 1)).isNull();
            test.read(0, 1);
            assertThat(test.device.present(0, CHUNK)).isNotNull();
            assertThat(test.device.present(0, CHUNK + 1)).isNull();
            assertThat(test.exchange.fetches()).hasSize(1);
        }
    }

    @Test
    void aChunkIsFetchedOnceHoweverManyWaitForIt() throws Exception {
        try (TestDevice test = new TestDevice(directory, QUIET, 64);
                ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            test.exchange.hold();
            List<Future<byte[]>> reads = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int offset = i;
                reads.add(readers.submit(() -> test.read(offset, 4096)));
            }
            Host.await("200 waiting reads", () -> test.device.statistics().waiting() == 200);
            Host.await("fetch", () -> !test.exchange.fetches().isEmpty());
            test.exchange.release();
            for (int i = 0; i < 200; i++) {
                assertThat(reads.get(i).get()).isEqualTo(test.expected(i, 4096));
            }
            assertThat(test.exchange.fetches())
                    .containsExactly(new TestExchange.Fetch(test.blobs.getFirst().digest(), 0, Priority.ON_DEMAND));
            DeviceStatistics statistics = test.device.statistics();
            assertThat(statistics.waiting()).isZero();
            assertThat(statistics.demanded()).isEqualTo(CHUNK);
            assertThat(statistics.read()).isEqualTo(200 * 4096);
        }
    }

    @Test
    void aReadOfWhatIsBeingMadeWaitsAsLongAsThatGetsOn() throws Exception {
        try (TestDevice test = new TestDevice(directory, HASTY, 64);
                ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            BlobInfo blob = test.blobs.getFirst();
            test.exchange.hold();
            test.exchange.advance(blob, true);
            Future<byte[]> read = readers.submit(() -> test.read(CHUNK, 10));
            Host.await("third try", () -> test.exchange.fetches().size() > 2);
            assertThat(test.device.statistics().waiting()).isOne();
            test.exchange.release();
            assertThat(read.get()).isEqualTo(test.expected(CHUNK, 10));

            test.exchange.hold();
            Future<byte[]> hopeless = readers.submit(() -> test.read(0, 10));
            int before = test.exchange.fetches().size();
            Host.await("second try", () -> test.exchange.fetches().size() > before + 1);
            test.exchange.advance(blob, false);
            assertThatThrownBy(hopeless::get).hasMessageContaining("10 bytes at 0");
        }
    }

    @Test
    void aReadThatGetsNothingEndsWithAnErrorAndOthersGoOn() throws Exception {
        try (TestDevice test = new TestDevice(directory, HASTY, 64)) {
            test.read(0, 10);
            test.exchange.hold();
            assertThatThrownBy(() -> test.read(CHUNK, 10))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("10 bytes at " + CHUNK);
            assertThat(test.read(0, 10)).isEqualTo(test.expected(0, 10));
            assertThat(test.device.statistics().waiting()).isZero();
            test.exchange.release();
            assertThat(test.read(CHUNK, 10)).isEqualTo(test.expected(CHUNK, 10));
        }
    }

    @Test
    void aReadWaitsForABlobThatComesBackInTime() throws Exception {
        try (TestDevice test = new TestDevice(directory, QUIET, 64);
                ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            test.exchange.lose(test.blobs.getFirst(), true);
            Future<byte[]> read = readers.submit(() -> test.read(0, 4096));
            Host.await("waiting read", () -> test.device.statistics().waiting() == 1);
            test.exchange.lose(test.blobs.getFirst(), false);
            assertThat(read.get()).isEqualTo(test.expected(0, 4096));
        }
    }

    @Test
    void aWithdrawnBlobIsNeitherPresentNorRead() throws Exception {
        try (TestDevice test = new TestDevice(directory, HASTY, 64)) {
            test.read(0, 4096);
            test.exchange.withdraw(test.blobs.getFirst());
            assertThat(test.device.present(0, 1)).isNull();
            assertThat(test.device.run(0, CHUNK)).isEqualTo(-CHUNK);
            assertThatThrownBy(() -> test.read(0, 1))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("nobody has blob");
            test.exchange.lose(test.blobs.getFirst(), false);
            assertThat(test.read(0, 4096)).isEqualTo(test.expected(0, 4096));
        }
    }

    @Test
    void aTableThatTheMapDoesNotNameIsNotTrusted() throws Exception {
        try (TestDevice test = new TestDevice(directory, HASTY, 64)) {
            test.exchange.lieAbout(test.blobs.getFirst());
            assertThatThrownBy(() -> test.read(CHUNK, 1)).isInstanceOf(IOException.class).hasMessageContaining("table");
            assertThat(test.device.present(CHUNK, 1)).isNull();
            assertThat(test.exchange.fetches()).isEmpty();
        }
    }

    @Test
    void aProvisionalBlobIsVerifiedByTheTableThatTheMapNames() throws Exception {
        try (TestDevice test = new TestDevice(directory, QUIET, 64)) {
            test.exchange.describe(test.blobs.getFirst().digest(), Optional.empty(), Duration.ofSeconds(1));
            StoredBlob stored = test.store.find(test.blobs.getFirst().digest()).orElseThrow();
            assertThat(stored.isVerified()).isFalse();
            test.read(0, 1);
            assertThat(stored.isVerified()).isTrue();
        }
    }

    @Test
    void sequentialReadsAreReadAheadAndASingleReadIsNot() throws Exception {
        try (TestDevice test = new TestDevice(directory, new DeviceConfig(Duration.ofSeconds(30), 1 << 20), 1024)) {
            test.read(2 << 20, 4096);
            assertThat(test.exchange.fetches()).hasSize(1);
            for (int at = 0; at < 512 << 10; at += 32 << 10) {
                test.read(at, 32 << 10);
            }
            Host.await(
                    "read-ahead",
                    () -> test.exchange.fetches().stream().anyMatch(f -> f.priority() == Priority.PREFETCH));
            Host.await("bytes ahead", () -> test.device.present(600 << 10, 4096) != null);
            assertThat(test.exchange.fetches().stream().map(TestExchange.Fetch::index))
                    .as("no farther than as much again as was read")
                    .filteredOn(index -> index != (2 << 20) / CHUNK)
                    .allMatch(index -> index < (1 << 20) / CHUNK);
        }
    }

    @Test
    void randomReadsFetchOnlyTheirOwnChunks() throws Exception {
        try (TestDevice test = new TestDevice(directory, DeviceConfig.DEFAULT, 4096)) {
            Random random = new Random(3);
            for (int i = 0; i < 40; i++) {
                int chunk = random.nextInt(256);
                test.read((long) chunk * CHUNK + 8192, 4096);
            }
            assertThat(test.exchange.fetches()).allMatch(f -> f.priority() == Priority.ON_DEMAND);
            assertThat(test.exchange.fetches().stream().map(TestExchange.Fetch::index)).doesNotHaveDuplicates();
        }
    }

    @Test
    void runsTellWhatIsHereAndWhatIsNot() throws Exception {
        try (TestDevice test = new TestDevice(directory, QUIET, 16, 65)) {
            long length = test.device.length();
            assertThat(test.device.run(0, Long.MAX_VALUE)).isEqualTo(-length);
            test.read(0, 1);
            assertThat(test.device.run(0, length)).isEqualTo(CHUNK);
            assertThat(test.device.run(100, 50)).isEqualTo(50);
            assertThat(test.device.run(CHUNK, length)).isEqualTo(-(length - CHUNK));
            test.read(CHUNK, 1);
            // The first chunk of the second blob, whose first 512 bytes the device leaves out.
            assertThat(test.device.run(0, length)).isEqualTo(2L * CHUNK - 512);
        }
    }

    @Test
    void anotherDeviceOfTheSameStoreHasAtOnceWhatIsHere() throws Exception {
        try (TestDevice test = new TestDevice(directory, QUIET, 16, 65)) {
            test.read(0, 4096);
            try (BlockDevice again = test.open(QUIET)) {
                assertThat(joined(again.present(0, 4096))).isEqualTo(test.expected(0, 4096));
            }
            assertThat(test.read(0, 4096)).isEqualTo(test.expected(0, 4096));
        }
    }

    @Test
    void whatOthersFetchBecomesPresent() throws Exception {
        try (TestDevice test = new TestDevice(directory, QUIET, 64)) {
            BlobInfo blob = test.blobs.getFirst();
            assertThat(test.device.present(0, 4096)).isNull();
            test.exchange
                    .read(blob.digest(), blob.all(), Optional.empty(), Priority.BACKGROUND, Duration.ofSeconds(9))
                    .close();
            Host.await("presence", () -> test.device.present(0, test.bytes.length) != null);
            assertThat(test.device.statistics().demanded()).isZero();
        }
    }

    @Test
    void closingEndsReadsThatWait() throws Exception {
        try (TestDevice test = new TestDevice(directory, QUIET, 64)) {
            test.exchange.hold();
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try {
                    test.read(0, 1);
                    failure.complete(null);
                } catch (Exception e) {
                    failure.complete(e);
                }
            });
            Host.await("waiting read", () -> test.device.statistics().waiting() == 1);
            test.device.close();
            assertThat(failure.get(10, TimeUnit.SECONDS))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("closed");
            assertThatThrownBy(() -> test.read(0, 1)).isInstanceOf(IOException.class).hasMessageContaining("closed");
            assertThat(test.device.present(0, 1)).isNull();
        }
    }

    @Test
    void aRangeBeyondTheDeviceIsRefused() throws Exception {
        try (TestDevice test = new TestDevice(directory, QUIET, 2)) {
            assertThatThrownBy(() -> test.read(8191, 2)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> test.device.present(-1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> test.device.present(Long.MAX_VALUE, 1))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThat(test.read(8192, 0)).isEmpty();
        }
    }

    @Test
    void awaitingMakesARangePresent() throws Exception {
        try (TestDevice test = new TestDevice(directory, QUIET, 16, 65)) {
            test.device.await(1000, 2 * CHUNK);
            assertThat(joined(test.device.present(1000, 2 * CHUNK)))
                    .isEqualTo(Arrays.copyOfRange(test.bytes, 1000, 1000 + 2 * CHUNK));
        }
    }
}
