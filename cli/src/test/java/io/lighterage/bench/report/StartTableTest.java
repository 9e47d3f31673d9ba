package io.lighterage.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.lighterage.bench.report.StartReport.Sample;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartTableTest {
    private static Sample sample(String mode, double ready, long needed, long fetched) {
        return new Sample("java", 400_000_000, mode, 200, "start", 1, ready, 10_000_000, needed, fetched, -1, -1);
    }

    private static StartReport report(String partial, Sample... samples) {
        return new StartReport(
                StartReport.FORMAT, "lighter bench cold-start", "2026-01-01T00:00:00Z", 1, partial,
                new Machine("cpu", 2, 1 << 30, "Linux", "25"), Map.of("repetitions", "3"), List.of(samples));
    }

    @Test
    void samplesOfAKindAreOneRowWithItsPartOfTheEagerStart() {
        List<StartTable.Row> rows = StartTable.of(report(
                "",
                sample("eager-upstream", 10, -1, -1),
                sample("lazy-trace", 3, 100, 150),
                sample("lazy-trace", 1, 100, 110),
                sample("lazy-trace", 2, 100, 120)));

        assertThat(rows).hasSize(2);
        StartTable.Row trace = rows.get(1);
        assertThat(trace.median()).isEqualTo(2);
        assertThat(trace.p95()).isEqualTo(3);
        assertThat(trace.ofEager()).isCloseTo(0.2, within(1e-9));
        assertThat(trace.ofLocal()).isEqualTo(-1);
        assertThat(trace.amplification()).isCloseTo(1.2, within(1e-9));
        assertThat(rows.getFirst().amplification()).isEqualTo(-1);
    }

    @Test
    void whatIsApartInAllSamplesHasChangedAndWhatOverlapsHasNot() {
        StartReport before = report(
                "",
                sample("lazy-trace", 1.0, 100, 110), sample("lazy-trace", 1.1, 100, 130),
                sample("lazy-trace", 1.2, 100, 120), sample("lazy-trace", 1.3, 100, 140));
        StartReport after = report(
                "",
                sample("lazy-trace", 0.7, 100, 112), sample("lazy-trace", 0.8, 100, 135),
                sample("lazy-trace", 0.9, 100, 122), sample("lazy-trace", 0.6, 100, 145),
                sample("lazy-converted", 3, 100, 120));

        List<Comparison.Row> rows = StartComparison.of(before, after);

        assertThat(rows).extracting(Comparison.Row::name).allMatch(name -> name.startsWith("java, lazy-trace, 200"));
        assertThat(rows).filteredOn(row -> row.name().endsWith("ready")).singleElement()
                .matches(Comparison.Row::changed).matches(row -> row.ratio() < 0.7);
        assertThat(rows).filteredOn(row -> row.name().endsWith("needed")).singleElement()
                .matches(row -> !row.changed());
        assertThat(StartComparison.of(before, before)).noneMatch(Comparison.Row::changed);
    }

    @Test
    void oneSampleEachMustDifferByAQuarter() {
        StartReport one = report("", sample("lazy-trace", 1.0, 100, 110));

        assertThat(StartComparison.of(one, report("", sample("lazy-trace", 1.2, 100, 110))))
                .noneMatch(Comparison.Row::changed);
        assertThat(StartComparison.of(one, report("", sample("lazy-trace", 1.3, 100, 110))))
                .filteredOn(Comparison.Row::changed).extracting(Comparison.Row::name)
                .containsExactly("java, lazy-trace, 200 Mbit/s: ready");
    }

    @Test
    void aReportIsReadAsItWasWrittenAndKnownForWhatItIs(@TempDir Path directory) throws Exception {
        StartReport report = report("", sample("lazy-trace", 1, 1, 1));
        ReportFiles.write(report, directory);

        assertThat(ReportFiles.isOfStarts(directory)).isTrue();
        assertThat(ReportFiles.readStarts(directory)).isEqualTo(report);
        assertThatThrownBy(() -> ReportFiles.read(directory)).hasMessageContaining("is not a");
        ReportFiles.write(report, report, directory.resolve("compare.html"));
        assertThat(directory.resolve("compare.html")).content().contains("within noise");
    }

    @Test
    void aPartialReportSaysSoInBothFiles(@TempDir Path directory) throws Exception {
        ReportFiles.write(report("it was interrupted <here>", sample("lazy-trace", 1, 1, 1)), directory);

        assertThat(Files.readString(directory.resolve("report.json")))
                .contains("\"partial\":\"it was interrupted <here>\"");
        assertThat(Files.readString(directory.resolve("report.html")))
                .contains("Partial", "it was interrupted &lt;here&gt;", "java, lazy-trace");
    }
}
