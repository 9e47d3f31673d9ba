package io.lighterage.tests.coldstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.bench.report.StartReport;
import io.lighterage.tests.support.LighterProcess;
import io.lighterage.tests.support.OciImage;
import io.lighterage.tests.support.Programs;
import io.lighterage.tests.support.Requires;
import io.lighterage.tests.support.TreeImage;
import io.lighterage.tests.support.Workspace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Starts of an image that hosts have never seen are measured on hosts of their own, and nothing of it outlives it. */
class ColdStartTest {
    private static final Duration DEADLINE = Duration.ofMinutes(4);
    private static final int MBIT = 200;

    private Workspace workspace;
    private Path work;

    @BeforeEach
    void makeWorkspace() throws Exception {
        Requires.root();
        Requires.programs(
                "ip", "tc", "setpriv", "curl", "skopeo", "docker-registry", "containerd", "ctr", "ctr-remote", "runc",
                "debootstrap", "setcap");
        Requires.lighter();
        Requires.fuse();
        workspace = Workspace.create();
        work = workspace.directory("work");
    }

    @AfterEach
    void cleanUp() throws Exception {
        if (workspace != null) {
            workspace.close();
        }
    }

    @Test
    void aLazyStartByContainerdFetchesLittleAndTwoHostsAtOnceAreInTheReportToo() throws Exception {
        OciImage image = TreeImage.get();
        Path out = workspace.directory("out");

        Programs.Result result = LighterProcess.run(
                DEADLINE, "bench", "cold-start", "--image", "oci:" + image.layout() + ":" + OciImage.TAG,
                "--start", "sha256sum /srv/cargo/small && echo READY", "--modes", "local,eager-mirror,lazy-trace",
                "--links", String.valueOf(MBIT), "--workloads", "start", "--repetitions", "1", "--hosts", "2",
                "--not-until-local", "--work", work.toString(), "--out", out.toString());

        assertThat(result.status()).as(result.err()).isZero();
        StartReport report =
                new ObjectMapper().readValue(out.resolve("report.json").toFile(), StartReport.class);
        assertThat(report.partial()).isEmpty();
        assertThat(out.resolve("report.html")).content().contains("lazy-trace");
        Map<String, StartReport.Sample> alone = report.samples().stream()
                .filter(sample -> sample.hosts() == 1)
                .collect(Collectors.toMap(StartReport.Sample::mode, Function.identity()));
        assertThat(alone).containsOnlyKeys("local", "eager-mirror", "lazy-trace");
        assertThat(report.samples()).allMatch(sample -> sample.imageBytes() > TreeImage.BIG_BYTES);
        assertThat(alone.get("eager-mirror").linkBytes()).isGreaterThan(image.length());
        assertThat(alone.get("eager-mirror").ready()).isGreaterThan(image.length() * 8.0 / (MBIT * 1_000_000.0));
        StartReport.Sample lazy = alone.get("lazy-trace");
        assertThat(lazy.neededBytes()).isBetween(100_000L, (long) TreeImage.BIG_BYTES);
        assertThat(lazy.fetchedBytes()).isGreaterThanOrEqualTo(lazy.neededBytes());
        assertThat(lazy.linkBytes()).isLessThan(image.length() / 2);
        assertThat(report.samples()).filteredOn(sample -> sample.hosts() == 2).hasSize(2)
                .allMatch(sample -> sample.mode().equals("lazy-trace") && sample.ready() > 0 && sample.neededBytes() > 0);
        assertThat(left()).isEmpty();
    }

    @Test
    void aStartThatCannotBeReadySaysWhatTheContainerSaid() throws Exception {
        OciImage image = TreeImage.get();

        Programs.Result result = LighterProcess.run(
                DEADLINE, "bench", "cold-start", "--image", "oci:" + image.layout() + ":" + OciImage.TAG,
                "--start", "echo no luck", "--modes", "local", "--workloads", "start", "--repetitions", "1",
                "--work", work.toString(), "--out", workspace.directory("out").toString());

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err()).contains("ended before it was ready: no luck");
        assertThat(left()).isEmpty();
    }

    /** What is left of a measurement: the directory of a run, control groups, and processes that work on them. */
    private List<String> left() throws IOException {
        Path groups = Path.of("/sys/fs/cgroup");
        try (Stream<Path> runs = Files.list(work);
                Stream<Path> controllers = Files.list(groups)) {
            Stream<Path> files = runs.filter(path -> path.getFileName().toString().startsWith("run-"));
            Stream<Path> cgroups = Stream.concat(Stream.of(groups), controllers)
                    .map(path -> path.resolve("lighterage-cold-start"))
                    .filter(Files::exists);
            Stream<String> commands = ProcessHandle.allProcesses()
                    .map(process -> process.info().commandLine().orElse(""))
                    .filter(line -> line.contains(work + "/run-"));
            return Stream.concat(Stream.concat(files, cgroups).map(Path::toString), commands).toList();
        }
    }
}
