package io.lighterage.cli;

import io.lighterage.bench.masspull.MassPullSetting;
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
import picocli.CommandLine.Option;

/** {@code lighter bench mass-pull}. */
@Command(
        name = "mass-pull",
        description = {
            "Measures a pull of one image by many hosts at once, on this machine.",
            "As root: real nodes in network namespaces behind shaped links, with iproute2, docker-registry and "
                    + "setpriv.",
            "Else all nodes in this process, whose uplinks are held to the rates; then only the baseline upstream is "
                    + "there."
        },
        sortOptions = false)
final class MassPullCommand extends Subcommand {
    @Mixin
    private final MassPullOptions given = new MassPullOptions();

    @Option(names = "--out", paramLabel = "DIR", defaultValue = "mass-pull",
            description = "Where the report goes. Default: ${DEFAULT-VALUE}.")
    private Path out;

    @Option(names = "--scene", paramLabel = "NAME", defaultValue = "auto",
            description = "namespaces, process, or auto for what is possible."
            + " Default: ${DEFAULT-VALUE}.")
    private String scene;

    @Option(names = "--max-last", paramLabel = "X",
            description = "Fail if the last host takes more than X times the bound.")
    private Double maxLast;

    @Option(names = "--max-upstream", paramLabel = "X",
            description = "Fail if upstream sends more than X times the image.")
    private Double maxUpstream;

    @Option(names = "--max-supernode", paramLabel = "X",
            description = "Fail if the supernode sends more than X times the image.")
    private Double maxSupernode;

    @Override
    void run() throws Exception {
        MassPullSetting setting;
        try {
            setting = given.setting();
            given.source();
            MassPullRun.requireScene(scene);
        } catch (ImpossibleSettingException e) {
            throw wrongUsage(e.getMessage());
        }
        Logging.quiet(options());
        Report report;
        try (Interruption _ = Interruption.ofThisThread("mass-pull")) {
            report = new MassPullRun(given, scene, this::say).measure(setting, out, commandLine());
            ReportFiles.write(report, out);
            print(report, out());
        } catch (ImpossibleSettingException e) {
            throw wrongUsage(e.getMessage());
        } catch (InterruptedException e) {
            say("interrupted before anything was measured; nothing is left");
            throw e;
        }
        judge(report);
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
        double value = Figures.of(report).stream().filter(f -> f.name().equals(name)).findFirst()
                .map(Figures.Figure::value).orElse(0.0);
        if (most != null && value > most) {
            throw new IOException(String.format(Locale.ROOT, "%s is %.3f, more than %.3f", name, value, most));
        }
    }
}
