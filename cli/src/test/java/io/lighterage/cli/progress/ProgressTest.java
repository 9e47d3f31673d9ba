package io.lighterage.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ProgressTest {
    @Property
    void aBarNeverFillsTheTerminalsWidth(
            @ForAll @IntRange(min = 1, max = 300) int width, @ForAll @IntRange(max = 1000) int received) {
        PullProgress pull = new PullProgress("node-12");
        pull.expect(1000);
        pull.add(received);

        assertThat(ProgressBars.line(pull, 1_000_000_000L, width)).hasSizeLessThan(Math.max(width, 1));
    }

    @Test
    void aBarIsRedrawnInPlace() {
        PullProgress pull = new PullProgress("node-1");
        pull.expect(100);
        StringWriter text = new StringWriter();
        ProgressBars bars = new ProgressBars(
                List.of(pull), new PrintWriter(text), () -> Optional.of(new Terminal(24, 80)), 0);

        bars.update(0);
        pull.add(50);
        bars.update(1_000_000_000L);

        assertThat(text.toString().split("\u001b\\[1A")).hasSize(2);
        assertThat(text.toString()).contains(" 50 %").contains("50 B/s");
    }

    @Test
    void aPullIsAtAHundredOnlyWhenVerified() {
        PullProgress pull = new PullProgress("node-1");
        pull.expect(100);
        pull.add(100);
        assertThat(pull.percent()).isEqualTo(99);

        pull.finish();
        assertThat(pull.percent()).isEqualTo(100);
    }

    @Test
    void linesComeAtEachQuarterOnce() {
        PullProgress pull = new PullProgress("node-1");
        pull.expect(100);
        StringWriter text = new StringWriter();
        ProgressLines lines = new ProgressLines(List.of(pull), new PrintWriter(text));

        pull.add(30);
        lines.update(1);
        lines.update(2);
        pull.add(70);
        pull.finish();
        lines.update(3);

        assertThat(text.toString().lines().map(line -> line.substring(0, 14)))
                .containsExactly("node-1    25 %", "node-1   100 %");
    }
}
