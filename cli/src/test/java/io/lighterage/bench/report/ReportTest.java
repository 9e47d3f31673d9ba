package io.lighterage.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    @TempDir
    private Path directory;

    private static Report report(double slower, String partial) {
        List<Report.Host> hosts = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            hosts.add(new Report.Host("host" + i, "r" + i % 2, "z", 0, 0.5, slower * (10 + i / 100.0), false));
        }
        return new Report(
                Report.FORMAT, "simulate", "A <pull>", "lighter bench", "2026-01-01T00:00:00Z", 1, partial,
                        Machine.here(),
                Map.of("hosts", "100"), 1 << 20, 10, hosts, List.of(),
                        new Report.Egress(1 << 20, 2 << 20, 98 << 20, 0, 0),
                new Report.Racks(List.of("r0", "r1", "supernode"), List.of(
                        List.of(48e6, 1e6, 0.0), List.of(1e6, 48e6, 0.0), List.of(1e6, 1e6, 0.0))),
                List.of(), Report.Samples.NONE, List.of());
    }

    @Test
    void aReportIsReadAsItWasWritten() throws Exception {
        Report report = report(1, "");
        ReportFiles.write(report, directory);

        assertThat(ReportFiles.read(directory)).isEqualTo(report);
    }

    @Test
    void aPageNeedsNothingFromElsewhereAndEscapesItsText() {
        String page = HtmlReport.of(report(1, "interrupted"));

        assertThat(page).contains("<svg").contains("A &lt;pull&gt;").contains("Partial.")
                .doesNotContain("<pull>").doesNotContain("http").doesNotContain("<script").doesNotContain("src=");
    }

    @Test
    void whatIsSlowerBeyondNoiseIsSaidAndTheSameIsNot() {
        assertThat(Comparison.of(report(1, ""), report(1.2, "")))
                .filteredOn(row -> row.name().equals("median host / bound"))
                .singleElement().matches(Comparison.Row::changed);
        assertThat(Comparison.of(report(1, ""), report(1, ""))).noneMatch(Comparison.Row::changed);
    }

    @Test
    void whatIsNoReportIsNamed() throws Exception {
        Path file = Files.writeString(directory.resolve("report.json"), "{\"format\": 3");

        assertThatThrownBy(() -> ReportFiles.read(file)).isInstanceOf(IOException.class)
                .hasMessageContaining("is not a report");
        assertThatThrownBy(() -> ReportFiles.read(directory.resolve("none")))
                .hasMessageContaining("there is no report at");
    }
}
