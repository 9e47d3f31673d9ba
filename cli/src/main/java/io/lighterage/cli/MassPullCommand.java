package io.lighterage.cli;

import io.lighterage.bench.masspull.MassPull;
import io.lighterage.bench.masspull.MassPullSetting;
import io.lighterage.bench.masspull.NamespaceScene;
import io.lighterage.bench.masspull.Scene;
import io.lighterage.bench.masspull.WorkDirectory;
import io.lighterage.bench.report.Figures;
import io.lighterage.bench.report.Report;
import io.lighterage.bench.report.ReportFiles;
import io.lighterage.bench.sim.ImpossibleSettingException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lighter bench mass-pull}. */
@Command(
        name = "mass-pull",
        description = {
            "Measures a pull of one image by many hosts at once, on this machine.",
            "As root: real nodes in network namespaces behind shaped links. Needs iproute2, docker-registry, setpriv.",
        },
        sortOptions = false)
final class MassPullCommand extends Subcommand {
    /** What a node and its host's share of everything else may take. */
    private static final long HOST_MEMORY = 220L << 20;

    private static final long BASE_MEMORY = 700L << 20;

    @Mixin
    private final MassPullOptions given = new MassPullOptions();

    @Option(names = "--out", paramLabel = "DIR", defaultValue = "mass-pull", description = "Where the report goes. Default: ${DEFAULT-VALUE}.")
    private Path out;

    @Option(names = "--max-last", paramLabel = "X", description = "Fail if the last host takes more than X times the bound.")
    private Double maxLast;

    @Option(names = "--max-upstream", paramLabel = "X", description = "Fail if upstream sends more than X times the image.")
    private Double maxUpstream;

    @Option(names = "--max-supernode", paramLabel = "X", description = "Fail if the supernode sends more than X times the image.")
    private Double maxSupernode;

    @Spec
    private CommandSpec spec;

    @Override
    void run() throws Exception {
        MassPullSetting setting;
        try {
            setting = given.setting();
            given.source();
        } catch (ImpossibleSettingException e) {
            throw wrongUsage(e.getMessage());
        }
        Report report;
        try (Interruption interruption = Interruption.ofThisThread("mass-pull")) {
            report = measure(setting);
            ReportFiles.write(report, out);
        }
        print(report, out());
        judge(report);
    }

    private Report measure(MassPullSetting setting) throws IOException, InterruptedException {
        NamespaceScene.check(setting);
        long image = given.roughBytes() * (3L + 2L * setting.hosts());
        long warm = setting.warmBytes() * (3L + 2L * setting.hosts());
        String command = "lighter bench mass-pull " + String.join(" ", spec.commandLine().getParseResult().originalArgs());
        try (WorkDirectory work = WorkDirectory.create(setting.disk(), image + warm, BASE_MEMORY + setting.hosts() * HOST_MEMORY)) {
            try (Scene scene = NamespaceScene.create(setting, work)) {
                return MassPull.run(setting, scene, work, new MassPull.Order(
                        given.source(), given.described(), command, line -> say(line)));
            } finally {
                work.keepLogs(out.resolve("log"));
            }
        } catch (ImpossibleSettingException e) {
            throw wrongUsage(e.getMessage());
        }
    }

    private void say(String line) {
        err().println("mass-pull: " + line);
        err().flush();
    }

    private void print(Report report, PrintWriter to) {
        to.println(report.title() + (report.partial().isEmpty() ? "" : " (partial: " + report.partial() + ")"));
        for (Figures.Figure figure : Figures.of(report)) {
            to.printf(Locale.ROOT, "%-48s %10.3f %s%n", figure.name(), figure.value(), figure.unit());
        }
        to.println(out.resolve("report.html"));
        to.flush();
    }

    private void judge(Report report) throws IOException {
        if (!report.partial().isEmpty()) {
            throw new IOException("the measurement is partial: " + report.partial());
        }
        limit(report, "last host / bound", maxLast);
        limit(report, "upstream sent / image", maxUpstream);
        limit(report, "supernode sent / image", maxSupernode);
    }

    private static void limit(Report report, String name, Double most) throws IOException {
        double value = Figures.of(report).stream().filter(f -> f.name().equals(name)).findFirst().map(Figures.Figure::value).orElse(0.0);
        if (most != null && value > most) {
            throw new IOException(String.format(Locale.ROOT, "%s is %.3f, more than %.3f", name, value, most));
        }
    }
}
