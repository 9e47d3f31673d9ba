package io.lighterage.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.ByteRange;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RangesTest {
    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0, 1",
        "bytes=0-, 0, 1000",
        "bytes=999-, 999, 1",
        "bytes=0-999, 0, 1000",
        "bytes=10-5000, 10, 990",
        "bytes=-1, 999, 1",
        "bytes=-5000, 0, 1000",
        "BYTES=5-6, 5, 2",
        "bytes=0-99999999999999999999999999, 0, 1000"
    })
    void oneRangeIsCutToTheBlob(String header, long offset, long length) {
        assertThat(Ranges.resolve(header, 1000)).isEqualTo(new Ranges.Parts(List.of(new ByteRange(offset, length))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=1000-", "bytes=1000-1001", "bytes=-0", "bytes=99999999999999999999-", "bytes=1000-,-0"})
    void aRangeBehindTheEndIsUnsatisfiable(String header) {
        assertThat(Ranges.resolve(header, 1000)).isEqualTo(new Ranges.Unsatisfiable());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "bytes", "bytes=", "bytes=-", "bytes=,", "bytes=5-2", "bytes=a-b", "lines=0-1", "bytes=0-1;2-3",
                "bytes=+1-2", "bytes=0x0-1", "bytes=--1", "bytes=1 -2", "bytes=\u0661-\u0662", "bytes=0-1,junk"})
    void aHeaderThatIsNoByteRangeIsIgnored(String header) {
        assertThat(Ranges.resolve(header, 1000)).isEqualTo(new Ranges.Whole());
    }

    @Test
    void ofAnEmptyBlobOnlyTheEndCanBeHad() {
        assertThat(Ranges.resolve("bytes=0-", 0)).isEqualTo(new Ranges.Unsatisfiable());
        assertThat(Ranges.resolve("bytes=-0", 0)).isEqualTo(new Ranges.Unsatisfiable());
        assertThat(Ranges.resolve("bytes=-5", 0)).isEqualTo(new Ranges.Whole());
        assertThat(Ranges.resolve("bytes=3-9,-5", 0)).isEqualTo(new Ranges.Whole());
    }

    @Test
    void piecesThatLieApartKeepTheirOrder() {
        assertThat(Ranges.resolve("bytes=500-509, 0-9", 1000))
                .isEqualTo(new Ranges.Parts(List.of(new ByteRange(500, 10), new ByteRange(0, 10))));
    }

    @Test
    void moreThanSixteenPiecesApartAreAnsweredByTheWhole() {
        List<String> pieces = new ArrayList<>();
        for (int i = 0; i <= Ranges.MOST; i++) {
            pieces.add(i * 1000 + "-" + i * 1000);
        }
        assertThat(Ranges.resolve("bytes=" + String.join(",", pieces), 1 << 20)).isEqualTo(new Ranges.Whole());
        pieces.removeLast();
        assertThat(Ranges.resolve("bytes=" + String.join(",", pieces), 1 << 20)).isInstanceOf(Ranges.Parts.class);
    }

    @Property(tries = 500)
    void theAnswerHasTheBytesThatANaiveReadingOfTheSpecsHas(
            @ForAll("specs") List<long[]> specs, @ForAll @IntRange(min = 1, max = 3000) int length) {
        BitSet asked = new BitSet();
        List<String> texts = new ArrayList<>();
        for (long[] spec : specs) {
            texts.add(text(spec));
            for (int i = 0; i < length; i++) {
                boolean wanted = spec[0] < 0 ? i >= length - spec[1] : i >= spec[0] && i <= spec[1];
                if (wanted) {
                    asked.set(i);
                }
            }
        }
        Ranges.Answer answer = Ranges.resolve("bytes=" + String.join(",", texts), length);
        switch (answer) {
            case Ranges.Unsatisfiable() -> assertThat(asked.isEmpty()).isTrue();
            case Ranges.Whole() -> throw new AssertionError("so few pieces must not be ignored: " + texts);
            case Ranges.Parts(List<ByteRange> parts) -> check(parts, asked, specs.size(), length);
        }
    }

    /** Every byte asked for comes once, and else nothing but gaps too small to be worth a part. */
    private static void check(List<ByteRange> parts, BitSet asked, int most, int length) {
        assertThat(parts).hasSizeBetween(1, most);
        BitSet sent = new BitSet();
        for (ByteRange part : parts) {
            assertThat(part.length()).isPositive();
            assertThat(part.end()).isLessThanOrEqualTo(length);
            for (int i = (int) part.offset(); i < part.end(); i++) {
                assertThat(sent.get(i)).as("byte %d is sent once", i).isFalse();
                sent.set(i);
            }
            assertThat(asked.get((int) part.offset())).isTrue();
            assertThat(asked.get((int) part.end() - 1)).isTrue();
        }
        BitSet missing = (BitSet) asked.clone();
        missing.andNot(sent);
        assertThat(missing.isEmpty()).isTrue();
        BitSet extra = (BitSet) sent.clone();
        extra.andNot(asked);
        for (int gap = extra.nextSetBit(0); gap >= 0; gap = extra.nextSetBit(gap)) {
            int end = extra.nextClearBit(gap);
            assertThat(end - gap).isLessThan(Ranges.SMALLEST_GAP);
            gap = end;
        }
    }

    private static String text(long[] spec) {
        return spec[0] < 0 ? "-" + spec[1] : spec[0] + "-" + spec[1];
    }

    /** Pairs of first and last byte; a first of -1 makes the last a suffix length. */
    @Provide
    Arbitrary<List<long[]>> specs() {
        Arbitrary<long[]> closed = Arbitraries.longs().between(0, 4000)
                .flatMap(first -> Arbitraries.longs().between(0, 300).map(more -> new long[] {first, first + more}));
        Arbitrary<long[]> suffix = Arbitraries.longs().between(0, 4000).map(last -> new long[] {-1, last});
        return Arbitraries.frequencyOf(net.jqwik.api.Tuple.of(5, closed), net.jqwik.api.Tuple.of(1, suffix))
                .list().ofMinSize(1).ofMaxSize(Ranges.MOST);
    }
}
