package io.lighterage.cli;

import io.lighterage.bench.report.Comparison;
import io.lighterage.bench.report.HtmlReport;
import io.lighterage.bench.report.Report;
import io.lighterage.bench.report.ReportFiles;
import io.lighterage.bench.report.StartComparison;
import io.lighterage.bench.report.StartReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lighter bench compare}. */
@Command(
        name = "compare",
        description = "Puts two reports of mass pulls, of simulations or of cold starts side by side and says what changed"
                + " beyond noise.")
final class CompareCommand extends Subcommand {
    @Parameters(index = "0", paramLabel = "A", description = "A report.json, or the directory of one.")
    private Path before;

    @Parameters(index = "1", paramLabel = "B", description = "Another.")
    private Path after;

    @Option(names = "--out", paramLabel = "FILE", description = "Also write a page, such as compare.html.")
    private Path out;

    @Override
    void run() throws Exception {
        if (ReportFiles.isOfStarts(before)) {
            compare(ReportFiles.readStarts(before), ReportFiles.readStarts(after));
        } else {
            compare(ReportFiles.read(before), ReportFiles.read(after));
        }
    }

    private void compare(Report a, Report b) throws IOException {
        say("A", a.title(), a.partial());
        say("B", b.title(), b.partial());
        print(Comparison.settings(a.setting(), b.setting()), Comparison.of(a, b));
        if (out != null) {
            ReportFiles.write(a, b, out);
        }
    }

    private void compare(StartReport a, StartReport b) throws IOException {
        say("A", a.command(), a.partial());
        say("B", b.command(), b.partial());
        print(Comparison.settings(a.setting(), b.setting()), StartComparison.of(a, b));
        if (out != null) {
            ReportFiles.write(a, b, out);
        }
    }

    private void say(String which, String what, String partial) {
        out().println(which + ": " + what + (partial.isEmpty() ? "" : " (partial)"));
    }

    private void print(List<String> settings, List<Comparison.Row> rows) {
        PrintWriter to = out();
        settings.forEach(line -> to.println("   " + line));
        to.println();
        int width = rows.stream().mapToInt(row -> row.name().length()).max().orElse(0);
        to.printf("%-" + (width + 1) + "s %14s %14s  %s%n", "", "A", "B", "change");
        for (Comparison.Row row : rows) {
            to.printf(Locale.ROOT, "%-" + (width + 1) + "s %10.3f %-3s %10.3f %-3s  %s%n",
                    row.name(), row.before(), row.unit(), row.after(), row.unit(), HtmlReport.change(row));
        }
    }
}
