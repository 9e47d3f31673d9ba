package io.lighterage.cli;

import static io.lighterage.bench.sim.ImpossibleSettingException.require;

import io.lighterage.bench.masspull.LinkRates;
import io.lighterage.bench.masspull.MassPullSetting;
import io.lighterage.bench.masspull.Validation;
import io.lighterage.bench.report.Report;
import io.lighterage.bench.report.ReportFiles;
import io.lighterage.bench.sim.ImpossibleSettingException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lighter bench validate}. */
@Command(
        name = "validate",
        description = {
            "Simulates what lighter bench mass-pull has measured in namespaces, and fails if they disagree.",
            "With --measure it measures first: every number of --at with every setting of --links, with the other "
                    + "options given."
        },
        sortOptions = false)
final class ValidateCommand extends Subcommand {
    @Parameters(arity = "0..*", paramLabel = "REPORT",
            description = "A report.json of a flash crowd, or the directory of one.")
    private List<Path> reports = new ArrayList<>();

    @Option(names = "--within", paramLabel = "PART", defaultValue = "0.15",
            description = "By what the median and the last host may differ. Default: ${DEFAULT-VALUE}.")
    private double within;

    @Option(names = "--measure", paramLabel = "DIR", description = "Measure first, into directories there.")
    private Path measure;

    @Option(names = "--at", paramLabel = "N[,N...]", split = ",", defaultValue = "4,8,16",
            description = "Hosts. Default: ${DEFAULT-VALUE}.")
    private List<Integer> at;

    @Option(names = "--links", paramLabel = "HOST/UPSTREAM/SUPERNODE[,...]", split = ",",
            defaultValue = "50/100/50,50/200/100,25/50/25",
            description = "Rates in Mbit/s. Default: ${DEFAULT-VALUE}.")
    private List<String> links;

    @Mixin
    private final MassPullOptions given = new MassPullOptions();

    @Override
    void run() throws Exception {
        Logging.quiet(options());
        try (Interruption _ = Interruption.ofThisThread("validate")) {
            require(within > 0 && within < 1, "within: " + within + " is not between 0 and 1");
            require(measure != null || !reports.isEmpty(), "a report to validate, or --measure, is needed");
            List<Path> all = new ArrayList<>(reports);
            if (measure != null) {
                all.addAll(measureAll());
            }
            compare(all);
        } catch (ImpossibleSettingException e) {
            throw wrongUsage(e.getMessage());
        }
    }

    private List<Path> measureAll() throws IOException, InterruptedException {
        List<MassPullSetting> settings = new ArrayList<>();
        for (int hosts : at) {
            for (String rates : links) {
                settings.add(given.setting(hosts, rates(rates)));
            }
        }
        List<Path> measured = new ArrayList<>();
        for (MassPullSetting setting : settings) {
            String name = setting.hosts() + "-" + setting.links().toString().replace('/', '-');
            Path out = measure.resolve(name);
            MassPullRun run = new MassPullRun(given, "namespaces", line -> err()
                    .println("validate: " + name + ": " + line));
            Report report = run.measure(setting, out, "lighter bench validate, " + name);
            ReportFiles.write(report, out);
            if (!report.partial().isEmpty()) {
                throw new IOException(out + " is partial: " + report.partial());
            }
            measured.add(out);
        }
        return measured;
    }

    private static LinkRates rates(String text) {
        require(text.matches("[0-9]{1,6}/[0-9]{1,6}/[0-9]{1,6}"), "links: '" + text + "' is not as 100/200/100");
        String[] parts = text.split("/");
        return new LinkRates(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
    }

    private void compare(List<Path> paths) throws IOException {
        PrintWriter to = out();
        to.printf("%5s  %-14s %7s   %8s %9s %7s   %8s %9s %7s%n", "hosts", "links", "bound", "median", "simulated", "",
                "last", "simulated", "");
        int wrong = 0;
        for (Path path : paths) {
            Validation one = validation(path);
            to.printf(Locale.ROOT, "%5d  %-14s %5.2f s   %6.2f s %7.2f s %+5.1f %%   %6.2f s %7.2f s %+5.1f %%%s%n",
                    one.hosts(), one.links(), one.bound(), one.measuredMedian(), one.simulatedMedian(),
                            100 * one.median(),
                    one.measuredLast(), one.simulatedLast(), 100 * one.last(), one.agrees(within) ? "" : "  DISAGREES");
            wrong += one.agrees(within) ? 0 : 1;
        }
        to.flush();
        if (wrong > 0) {
            throw new IOException(String.format(Locale.ROOT, "%d of %d disagree by more than %.0f %%", wrong,
                    paths.size(), 100 * within));
        }
    }

    private static Validation validation(Path path) throws IOException {
        Report report = ReportFiles.read(path);
        try {
            return Validation.of(report, SupernodeProcess.SLOTS, () -> Thread.currentThread().isInterrupted());
        } catch (ImpossibleSettingException e) {
            throw new ImpossibleSettingException(path + " cannot be validated: " + e.getMessage());
        }
    }
}
