package io.lighterage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.bench.report.Figures;
import io.lighterage.bench.report.Report;
import io.lighterage.bench.report.ReportFiles;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("replaces standard output and error")
class MassPullCommandTest {
    @TempDir
    private Path directory;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    private int run(String... arguments) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        said.reset();
        System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
        System.setErr(System.out);
        try {
            return Lighter.run(arguments);
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    private String text() {
        return said.toString(StandardCharsets.UTF_8);
    }

    @Test
    void withoutRootNodesInOneProcessPullAndTheRegistryDoesToCompare() throws Exception {
        Path out = directory.resolve("out");

        int status = run("bench", "mass-pull", "--scene", "process", "--hosts", "3", "--size", "3MiB", "--warm", "0",
                "--layers", "2",
                "--pattern", "rollout", "--batch", "2", "--baseline", "upstream", "--data", directory.toString(),
                        "--out", out.toString());

        assertThat(status).as(text()).isZero();
        Report report = ReportFiles.read(out);
        assertThat(report.partial()).isEmpty();
        assertThat(report.hosts()).hasSize(3)
                .allMatch(host -> host.done() > host.firstByte() && host.firstByte() > host.begun());
        assertThat(report.hosts().get(2).begun()).isGreaterThanOrEqualTo(
                Math.min(report.hosts().get(0).done(), report.hosts().get(1).done()));
        assertThat(report.samples().fetches()).filteredOn(fetch -> fetch.what().startsWith("layer")).hasSize(6)
                .allMatch(fetch -> fetch.bytes() == 3 << 19);
        assertThat(report.egress().upstream()).isBetween(3.0 * (1 << 20), 3.1 * (1 << 20));
        assertThat(report.baselines()).singleElement().matches(run -> run.egress().upstream() >= 9.0 * (1 << 20));
        assertThat(Figures.of(report)).extracting(Figures.Figure::name)
                .contains("last host / that of upstream", "p99 layer");
        assertThat(out.resolve("report.html")).content().contains("Other means for the same bytes");
        assertThat(out.resolve("report.svg")).content().startsWith("<svg").doesNotContain("<script");
        try (var left = Files.list(directory)) {
            assertThat(left).containsExactly(out);
        }
    }

    @Test
    void whatCannotBeIsWrongUsageThatNamesTheParameter() {
        refused("--hosts", "0");
        refused("--host-mbit", "0");
        refused("--size", "12parsecs");
        refused("--pattern", "stampede");
        refused("--baseline", "carrier-pigeon");
        refused("--warm", "-1");
        refused("--scene", "mars");
        refused("--racks", "17");
        refused("--deadline", "0");
        refused("--pattern", "rollout", "--batch", "17");
        refused("--pattern", "slow-host", "--slow-factor", "1");
    }

    private void refused(String... options) {
        String[] all = new String[options.length + 4];
        System.arraycopy(new String[] {"bench", "mass-pull", "--out", directory.toString()}, 0, all, 0, 4);
        System.arraycopy(options, 0, all, 4, options.length);

        assertThat(run(all)).as(text()).isEqualTo(2);
        assertThat(text()).hasLineCount(1).contains(options[options.length - 2].substring(2));
    }

    @Test
    void aReportThatIsNotThereOrMissingIsNamedByTheValidation() {
        assertThat(run("bench", "validate")).isEqualTo(2);
        assertThat(run("bench", "validate", directory.resolve("none").toString())).isEqualTo(1);
        assertThat(text()).contains("there is no report at");
        assertThat(run("bench", "validate", "--measure", directory.toString(), "--links", "fast")).isEqualTo(2);
        assertThat(text()).contains("'fast'");
    }
}
