package io.lighterage.blockdev.prefetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class MergedTraceTest {
    private static MergedTrace merged(Trace... traces) {
        return Arrays.stream(traces).reduce(MergedTrace.EMPTY, MergedTrace::with, (one, other) -> other);
    }

    @Test
    void oneStartIsToldAsItWas() {
        assertThat(Traces.chunks(merged(Traces.of(Traces.LOW, 5, 1, 9)).plan())).containsExactly(5, 1, 9);
    }

    @Test
    void whatOneStartOfManyReadFadesAndWhatMostReadStays() {
        MergedTrace known = merged(Traces.of(Traces.LOW, 7, 1, 2));
        for (int i = 0; i < 5; i++) {
            known = known.with(Traces.of(Traces.LOW, 1, 2));
        }
        assertThat(Traces.chunks(known.plan())).containsExactly(1, 2);
        for (int i = 0; i < 40; i++) {
            known = known.with(Traces.of(Traces.LOW, 1, 2));
        }
        assertThat(known.chunks()).extracting(MergedTrace.Chunk::index).containsExactly(1, 2);
        assertThat(known.version()).isEqualTo(46);
    }

    @Test
    void anImageThatIsUsedInAnotherWayNowIsLearnedAnew() {
        MergedTrace known = MergedTrace.EMPTY;
        for (int i = 0; i < 30; i++) {
            known = known.with(Traces.of(Traces.LOW, 1, 2));
        }
        for (int i = 0; i < 6; i++) {
            known = known.with(Traces.of(Traces.LOW, 8, 2));
        }
        assertThat(Traces.chunks(known.plan())).contains(8, 2);
        for (int i = 0; i < 30; i++) {
            known = known.with(Traces.of(Traces.LOW, 8, 2));
        }
        assertThat(Traces.chunks(known.plan())).containsExactly(8, 2);
    }

    @Test
    void aStartThatFoundMuchInMemoryAddsAndTakesNothingAway() {
        MergedTrace known = merged(Traces.of(Traces.LOW, 1, 2, 3));
        for (int i = 0; i < 20; i++) {
            known = known.with(Traces.of(false, Traces.LOW, 30 + i));
        }
        assertThat(Traces.chunks(known.plan())).contains(1, 2, 3, 30, 49);
        assertThat(known.starts()).isEqualTo(1);
    }

    @Test
    void theOrderIsThatOfMostStarts() {
        MergedTrace known = merged(
                Traces.of(Traces.LOW, 1, 2, 3), Traces.of(Traces.LOW, 3, 2, 1), Traces.of(Traces.LOW, 3, 2, 1));

        assertThat(Traces.chunks(known.plan())).containsExactly(3, 2, 1);
    }

    @Test
    void howeverMuchIsReadTheTraceIsBounded() {
        MergedTrace known = MergedTrace.EMPTY;
        for (int i = 0; i < 4; i++) {
            int from = i * Trace.MOST_ENTRIES;
            known = known.with(
                    Traces.of(false, Traces.LOW, IntStream.range(from, from + Trace.MOST_ENTRIES).toArray()));
        }
        assertThat(known.chunks()).hasSize(2 * Trace.MOST_ENTRIES);
        assertThat(known.plan().entries()).hasSize(Trace.MOST_ENTRIES);
    }

    @Test
    void anImageThatWasNeverStartedIsToldWhatOthersReadOfTheDataThatItShares() {
        MergedTrace base = merged(Traces.of(Traces.LOW, 4, 2), Traces.of(Traces.HIGH, 1));
        MergedTrace other = merged(Traces.of(Traces.LOW, 4, 6));

        Trace composed = MergedTrace.compose(Traces.device("next", Traces.LOW), List.of(base, other));

        assertThat(Traces.chunks(composed)).contains(4, 2, 6).doesNotContain(1);
        assertThat(composed.entries()).allMatch(entry -> entry.blob().equals(Traces.LOW));
    }

    @Property(tries = 50)
    void whatIsKeptIsReadAsItWasWritten(@ForAll @Size(max = 20) List<@IntRange(max = 400) Integer> chunks)
            throws InvalidTraceException {
        int[] distinct = chunks.stream().mapToInt(Integer::intValue).distinct().toArray();
        MergedTrace known = merged(Traces.of(Traces.LOW, 3), Traces.of(Traces.HIGH, distinct));

        assertThat(MergedTrace.decode(known.encode())).isEqualTo(known);
    }

    @Property(tries = 100)
    void whatIsCutOffOrChangedIsRefusedOrATrace(@ForAll @IntRange(max = 200) int at, @ForAll byte value) {
        byte[] kept = merged(Traces.of(Traces.LOW, 3, 4), Traces.of(Traces.HIGH, 1)).encode();
        kept[at % kept.length] = value;
        try {
            assertThat(MergedTrace.decode(kept).chunks()).hasSizeLessThanOrEqualTo(3);
        } catch (InvalidTraceException e) {
            assertThat(e).hasMessageContaining("trace");
        }
        assertThatThrownBy(() -> MergedTrace.decode(Arrays.copyOf(kept, 12)))
                .isInstanceOf(InvalidTraceException.class);
    }
}
