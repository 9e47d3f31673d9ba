package io.lighterage.blockdev.prefetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.blockdev.image.DeviceMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AccessLogTest {
    private static final int CHUNK = Traces.CHUNK;
    private static final long REGION = AccessLog.REGION;

    private final DeviceMap map = Traces.device("app", Traces.LOW, Traces.HIGH);
    private final AccessLog log = new AccessLog(map);
    private final long high = map.extents().get(2).deviceOffset();

    private static long later(long seconds) {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    }

    @Test
    void aTraceHasEachChunkOnceInTheOrderOfFirstReads() {
        log.record(true);
        log.read(high + 3 * CHUNK, 10, true);
        log.read(CHUNK, CHUNK + 1, false);
        log.read(high + 3 * CHUNK + 100, 10, true);

        Trace trace = log.take(true, System.nanoTime()).orElseThrow();

        assertThat(trace.whole()).isTrue();
        assertThat(trace.entries())
                .extracting(Trace.Entry::blob)
                .containsExactly(Traces.HIGH, Traces.LOW, Traces.LOW);
        assertThat(Traces.chunks(trace)).containsExactly(3, 0, 1);
        assertThat(log.take(true, System.nanoTime())).isEmpty();
    }

    @Test
    void aReadOfMetadataIsNotRecordedAndOneThatReachesBeyondThemCountsFromThere() {
        log.record(true);
        log.read(0, CHUNK, true);
        log.read(CHUNK - 4096, 8192, true);

        assertThat(log.neededBytes()).isEqualTo(4096);
        assertThat(Traces.chunks(log.take(true, System.nanoTime()).orElseThrow())).containsExactly(0);
    }

    @Test
    void aRecordingWaitsForTheFirstReadAndEndsWhenNothingNewIsRead() {
        log.record(true);
        assertThat(log.take(false, later(3600))).isEmpty();

        log.read(high, 1, true);
        assertThat(log.take(false, later(1))).isEmpty();

        assertThat(log.take(false, later(6))).map(Traces::chunks).isEqualTo(Optional.of(List.of(0)));
    }

    @Test
    void nothingIsRecordedUnlessAskedForAndWhatIsRecordedAgainIsNotWhole() {
        log.read(high, 1, true);
        assertThat(log.take(true, System.nanoTime())).isEmpty();

        log.record(false);
        log.read(high, 1, true);
        assertThat(log.take(true, System.nanoTime()).orElseThrow().whole()).isFalse();
    }

    @Test
    void bytesAreNeededOnce() {
        log.read(high + 10, 5000, true);
        log.read(high + 4096, 4096, true);
        log.read(high, 64 * 4096, true);

        assertThat(log.neededBytes()).isEqualTo(64 * 4096);
    }

    @Test
    void whatLiesAroundTheLatestReadIsPulledFirstThenBehindItThenTheRest() {
        log.read(REGION + 5, 1, false);
        log.read(high + REGION + 5, 1, false);
        PullOrder order = new PullOrder(map, log);
        List<Long> offsets = new ArrayList<>();
        long bytes = 0;
        while (order.next().orElse(null) instanceof PullOrder.Window window) {
            offsets.add((window.extent().deviceOffset() + window.offset()) / REGION);
            bytes += window.length();
        }

        assertThat(offsets.subList(0, 4)).containsExactly(3L, 4L, 1L, 2L);
        assertThat(bytes).isEqualTo(map.length());
    }
}
