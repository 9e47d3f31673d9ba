package io.lighterage.blockdev.prefetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceDocumentTest {
    private static Trace random(long seed, int most) {
        Random random = new Random(seed);
        List<Trace.Entry> entries = new ArrayList<>();
        int millis = 0;
        for (int chunk = 0; chunk < most; chunk++) {
            if (random.nextBoolean()) {
                millis = Math.min((int) Trace.LONGEST.toMillis(), millis + random.nextInt(10));
                entries.add(new Trace.Entry(random.nextBoolean() ? Traces.LOW : Traces.HIGH, chunk, millis));
            }
        }
        return new Trace(random.nextBoolean(), entries);
    }

    @Property(tries = 50)
    void whatIsWrittenIsRead(@ForAll long seed, @ForAll @IntRange(max = 500) int most) throws InvalidTraceException {
        Trace trace = random(seed, most);

        assertThat(TraceDocument.parse(TraceDocument.write(trace))).isEqualTo(trace);
    }

    @Property(tries = 200)
    void whateverBytesComeAreATraceOrRefused(@ForAll long seed, @ForAll @IntRange(max = 300) int position) {
        byte[] document = TraceDocument.write(random(seed, 40));
        document[position % document.length] = (byte) seed;

        try {
            Trace trace = TraceDocument.parse(document);
            assertThat(trace.entries()).hasSizeLessThanOrEqualTo(Trace.MOST_ENTRIES);
        } catch (InvalidTraceException e) {
            assertThat(e).hasMessageContaining("trace");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{\"version\":2,\"whole\":true,\"blobs\":[],\"entries\":[]}",
                "{\"version\":1,\"whole\":1,\"blobs\":[],\"entries\":[]}",
                "{\"version\":1,\"whole\":true,\"blobs\":[\"sha256:1\"],\"entries\":[]}",
                "{\"version\":1,\"whole\":true,\"blobs\":[],\"entries\":[[0,0,0]]}",
                "{\"version\":1,\"whole\":true,\"blobs\":[BLOB],\"entries\":[[-1,0,0]]}",
                "{\"version\":1,\"whole\":true,\"blobs\":[BLOB],\"entries\":[[0,-1,0]]}",
                "{\"version\":1,\"whole\":true,\"blobs\":[BLOB],\"entries\":[[0,1,99999999]]}",
                "{\"version\":1,\"whole\":true,\"blobs\":[BLOB],\"entries\":[[0,1,0],[0,1,0]]}",
                "{\"version\":1,\"whole\":true,\"blobs\":[BLOB],\"entries\":[[0,1,5],[0,2,4]]}",
                "{\"version\":1,\"whole\":true,\"blobs\":[BLOB],\"entries\":[[0,1]]}"
            })
    void whatIsNoTraceIsRefused(String document) {
        byte[] bytes = document.replace("BLOB", "\"" + Traces.LOW + "\"").getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> TraceDocument.parse(bytes)).isInstanceOf(InvalidTraceException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {TraceDocument.LONGEST + 1, 4 * TraceDocument.LONGEST})
    void aDocumentThatIsTooLongIsNotEvenRead(int length) {
        assertThatThrownBy(() -> TraceDocument.parse(new byte[length]))
                .isInstanceOf(InvalidTraceException.class)
                .hasMessageContaining(String.valueOf(TraceDocument.LONGEST));
    }
}
