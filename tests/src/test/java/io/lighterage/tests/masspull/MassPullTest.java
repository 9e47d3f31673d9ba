package io.lighterage.tests.masspull;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.bench.report.Report;
import io.lighterage.bench.report.ReportFiles;
import io.lighterage.tests.support.Await;
import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.Programs;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.Workspace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A mass pull is measured in networks of its own with other means beside, and nothing of it outlives it. */
class MassPullTest {
    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final long MIB = 1 << 20;

    private Workspace workspace;
    private Path data;

    @BeforeEach
    void makeWorkspace() throws Exception {
        Requires.lighter();
        Requires.root();
        Requires.programs("ip", "tc", "ss", "setpriv", "docker-registry", "aria2c");
        workspace = Workspace.create();
        data = workspace.directory("measured");
    }

    @AfterEach
    void cleanUp() throws Exception {
        if (workspace != null) {
            workspace.close();
        }
    }

    @Test
    void allMeansBringTheImageToAllHostsAndTheReportSaysWhatEachMoved() throws Exception {
        Path out = workspace.directory("out");
        Programs.Result result = LighterProcess.run(
                DEADLINE, "bench", "mass-pull", "--scene", "namespaces", "--hosts", "2", "--racks", "2", "--size",
                        "2MiB", "--layers", "2",
                "--warm", "0", "--baseline", "upstream,pull-through,aria2", "--data", data.toString(), "--out",
                        out.toString());

        assertThat(result.status()).as(result.err()).isZero();
        Report report = ReportFiles.read(out);
        assertThat(report.partial()).isEmpty();
        assertThat(report.hosts()).hasSize(2).allMatch(host -> host.done() > host.firstByte());
        assertThat(report.boundSeconds()).isEqualTo(2 * MIB / (100 * 125_000.0));
        assertThat(report.egress().upstream()).isBetween(2.0 * MIB, 3.9 * MIB);
        assertThat(report.racks().names()).containsExactly("rack0", "rack1", "supernode");
        assertThat(report.racks().bytes().getLast().subList(0, 2)).allMatch(bytes -> bytes > 0);
        assertThat(report.samples().links().links()).extracting(Report.Link::owner)
                .containsExactlyInAnyOrder("upstream", "supernode", "host1", "host2");
        assertThat(report.processes()).extracting(Report.Process::name).contains("supernode", "host1", "host2");
        assertThat(report.baselines()).extracting(Report.Run::name)
                .containsExactly("upstream", "pull-through", "aria2");
        assertThat(report.baselines())
                .allMatch(run -> run.partial().isEmpty() && run.hosts().stream().allMatch(host -> host.done() > 0));
        assertThat(report.baselines().getFirst().egress().upstream()).isBetween(4.0 * MIB, 4.1 * MIB);
        assertThat(left()).isEmpty();
    }

    @Test
    void aSignalInTheMiddleLeavesAPartialReportAndNothingElse() throws Exception {
        Path out = workspace.directory("out");
        Path log = workspace.directory("log").resolve("log");
        Process process = new ProcessBuilder(
                        LighterProcess.launcher().orElseThrow().toString(), "bench", "mass-pull", "--scene",
                                "namespaces", "--hosts", "2",
                        "--host-mbit", "1", "--size", "8MiB", "--warm", "0", "--data", data.toString(), "--out",
                                out.toString())
                .redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            Await.until(() -> Files.readString(log).contains("2 hosts pull"), DEADLINE, () -> "no pull begins: " + log);
            process.destroy();

            assertThat(process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(143);
            assertThat(ReportFiles.read(out).partial()).isEqualTo("interrupted");
            assertThat(log).content().contains("partial: interrupted");
            Await.until(() -> left().isEmpty(), DEADLINE, () -> "still there: " + left());
        } finally {
            process.destroyForcibly();
        }
    }

    /** What is left of a measurement: its files, and processes that work on them. */
    private List<String> left() {
        try (Stream<Path> files = Files.list(data)) {
            Stream<String> commands = ProcessHandle.allProcesses().map(p -> p.info().commandLine().orElse(""))
                    .filter(line -> line.contains(data + "/lighter-bench-"));
            return Stream.concat(files.map(Path::toString), commands).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at " + data, e);
        }
    }
}
