package io.lighterage.cli;

import io.lighterage.bench.report.Comparison;
import io.lighterage.bench.report.HtmlReport;
import io.lighterage.bench.report.Report;
import io.lighterage.bench.report.ReportFiles;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lighter bench compare}. */
@Command(
        name = "compare",
        description = "Puts two reports side by side and says what changed beyond noise.",
        mixinStandardHelpOptions = true,
        versionProvider = Lighter.class)
final class CompareCommand implements Callable<Integer>, CommonOptions.Holder {
    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "A", description = "A report.json, or the directory of one.")
    private Path before;

    @Parameters(index = "1", paramLabel = "B", description = "Another.")
    private Path after;

    @Option(names = "--out", paramLabel = "FILE", description = "Also write a page, such as compare.html.")
    private Path out;

    @Spec
    private CommandSpec spec;

    @Override
    public CommonOptions options() {
        return common;
    }

    @Override
    public Integer call() throws Exception {
        Logging.apply(common);
        Report a = ReportFiles.read(before);
        Report b = ReportFiles.read(after);
        PrintWriter to = spec.commandLine().getOut();
        to.println("A: " + a.title() + (a.partial().isEmpty() ? "" : " (partial)"));
        to.println("B: " + b.title() + (b.partial().isEmpty() ? "" : " (partial)"));
        Comparison.settings(a, b).forEach(line -> to.println("   " + line));
        to.println();
        to.printf("%-42s %14s %14s  %s%n", "", "A", "B", "change");
        for (Comparison.Row row : Comparison.of(a, b)) {
            to.printf(Locale.ROOT, "%-42s %10.3f %-3s %10.3f %-3s  %s%n",
                    row.name(), row.before(), row.unit(), row.after(), row.unit(), HtmlReport.change(row));
        }
        to.flush();
        if (out != null) {
            Files.writeString(out, HtmlReport.of(a, b));
        }
        return 0;
    }
}
