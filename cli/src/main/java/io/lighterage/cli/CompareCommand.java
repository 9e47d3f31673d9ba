package io.lighterage.cli;

import io.lighterage.bench.report.Comparison;
import io.lighterage.bench.report.HtmlReport;
import io.lighterage.bench.report.Report;
import io.lighterage.bench.report.ReportFiles;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lighter bench compare}. */
@Command(
        name = "compare",
        description = "Puts two reports side by side and says what changed beyond noise.")
final class CompareCommand extends Subcommand {
    @Parameters(index = "0", paramLabel = "A", description = "A report.json, or the directory of one.")
    private Path before;

    @Parameters(index = "1", paramLabel = "B", description = "Another.")
    private Path after;

    @Option(names = "--out", paramLabel = "FILE", description = "Also write a page, such as compare.html.")
    private Path out;

    @Override
    void run() throws Exception {
        Report a = ReportFiles.read(before);
        Report b = ReportFiles.read(after);
        PrintWriter to = out();
        to.println("A: " + a.title() + (a.partial().isEmpty() ? "" : " (partial)"));
        to.println("B: " + b.title() + (b.partial().isEmpty() ? "" : " (partial)"));
        Comparison.settings(a, b).forEach(line -> to.println("   " + line));
        to.println();
        to.printf("%-42s %14s %14s  %s%n", "", "A", "B", "change");
        for (Comparison.Row row : Comparison.of(a, b)) {
            to.printf(Locale.ROOT, "%-42s %10.3f %-3s %10.3f %-3s  %s%n",
                    row.name(), row.before(), row.unit(), row.after(), row.unit(), HtmlReport.change(row));
        }
        if (out != null) {
            Files.writeString(out, HtmlReport.of(a, b));
        }
    }
}
