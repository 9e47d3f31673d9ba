package io.lighterage.blockdev.prefetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.blockdev.device.DeviceConfig;
import io.lighterage.blockdev.device.TestDevice;
import io.lighterage.peer.content.Digest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TraceReplayTest {
    private static final DeviceConfig NO_READ_AHEAD = new DeviceConfig(Duration.ofSeconds(30), 0);
    private static final DeviceConfig HASTY = new DeviceConfig(Duration.ofMillis(400), 0);

    @TempDir
    Path directory;

    private static Trace.Entry entry(Digest blob, int chunk) {
        return new Trace.Entry(blob, chunk, 0);
    }

    @Test
    void whatATraceNamesIsHereBeforeItIsReadAndNothingElse() throws Exception {
        try (TestDevice test = new TestDevice(directory, NO_READ_AHEAD, 5, 70, 200)) {
            Digest low = test.blobs.get(1).digest();
            Digest high = test.blobs.get(2).digest();
            TraceReplay replay = new TraceReplay(test.map, test.device);

            replay.run(new Trace(true, List.of(
                    entry(high, 3), entry(high, 4), entry(low, 1), entry(Traces.digest("of another"), 0),
                    entry(high, 9_999))));

            long highAt = test.map.extents().get(2).deviceOffset();
            assertThat(test.device.present(highAt + 3 * Traces.CHUNK, Traces.CHUNK)).isNotNull();
            assertThat(test.read(highAt + 3 * Traces.CHUNK, 5000))
                    .isEqualTo(test.expected(highAt + 3 * Traces.CHUNK, 5000));
            assertThat(test.device.run(highAt, 1)).isNegative();
            assertThat(test.device.statistics().local()).isBetween(3L * Traces.CHUNK - 4096, 3L * Traces.CHUNK);
            assertThat(replay.fetchedBytes()).isEqualTo(3 * Traces.CHUNK);
            assertThat(test.device.statistics().demanded()).isZero();
        }
    }

    @Test
    void whatWasReadAlreadyIsNotFetchedAgain() throws Exception {
        try (TestDevice test = new TestDevice(directory, NO_READ_AHEAD, 5, 70)) {
            Digest blob = test.blobs.get(1).digest();
            long at = test.map.extents().get(1).deviceOffset();
            test.read(at, 100);
            TraceReplay replay = new TraceReplay(test.map, test.device);

            replay.run(new Trace(true, List.of(entry(blob, 0), entry(blob, 1))));

            assertThat(replay.fetchedBytes()).isEqualTo(Traces.CHUNK);
            assertThat(test.device.statistics().demanded()).isEqualTo(Traces.CHUNK);
        }
    }

    @Test
    void onASlowLinkATraceTakesLongerThanAReadMay() throws Exception {
        try (TestDevice test = new TestDevice(directory, HASTY, 5, 200)) {
            Digest blob = test.blobs.get(1).digest();
            TraceReplay replay = new TraceReplay(test.map, test.device);
            test.exchange.hold();
            Thread link = Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        Thread.sleep(150);
                        test.exchange.giveOne();
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });

            replay.run(new Trace(true, IntStream.range(0, 6).mapToObj(i -> entry(blob, 2 * i)).toList()));

            link.interrupt();
            link.join();
            for (int i = 0; i < 6; i++) {
                long at = test.map.extents().get(1).deviceOffset() + 2 * i * Traces.CHUNK;
                assertThat(test.device.present(at, 512)).as("chunk " + 2 * i).isNotNull();
            }
            assertThat(replay.fetchedBytes()).as("each counted once").isEqualTo(6 * Traces.CHUNK);
        }
    }

    @Test
    void whereNothingComesATraceIsLeftToTheReads() throws Exception {
        try (TestDevice test = new TestDevice(directory, HASTY, 5, 200)) {
            Digest blob = test.blobs.get(1).digest();
            TraceReplay replay = new TraceReplay(test.map, test.device);
            test.exchange.hold();

            replay.run(new Trace(true, List.of(entry(blob, 0), entry(blob, 4))));

            assertThat(test.device.present(test.map.extents().get(1).deviceOffset(), 512)).isNull();
        }
    }
}
