package io.lighterage.bench.report;

import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/** A {@link StartReport} as one page without anything from elsewhere. */
final class StartPage {
    private static final int WIDTH = 760;
    private static final int LEFT = 250;
    private static final int BAR = 16;

    private StartPage() {}

    static String of(StartReport report) {
        StringBuilder body = new StringBuilder("<h1>Cold starts</h1><p><code>")
                .append(Html.escape(report.command())).append("</code></p>");
        if (!report.partial().isEmpty()) {
            body.append("<p class='partial'><b>Partial.</b> The run ended early: ")
                    .append(Html.escape(report.partial())).append(".</p>");
        }
        List<StartTable.Row> rows = StartTable.of(report);
        for (String workload : List.of("start", "read")) {
            List<StartTable.Row> of = rows.stream().filter(row -> row.workload().equals(workload)).toList();
            for (int mbit : of.stream().mapToInt(StartTable.Row::mbit).distinct().sorted().toArray()) {
                body.append("<h2>").append(workload.equals("start") ? "Ready" : "Every file read").append(", ")
                        .append(mbit).append(" Mbit/s</h2>")
                        .append(bars(of.stream().filter(row -> row.mbit() == mbit).toList()));
            }
        }
        table(rows, body);
        body.append("<h2>Setting</h2><div class='scroll'><table>");
        new TreeMap<>(report.setting()).forEach((name, value) -> cells(body, name, value));
        cells(body, "CPU", report.machine().cpu() + ", " + report.machine().cores() + " cores");
        cells(body, "system", report.machine().system());
        cells(body, "run", report.startedAt() + ", took " + Html.number(report.wallSeconds(), "s"));
        return Html.page("Cold starts", body.append("</table></div>").toString());
    }

    /** Two reports side by side. */
    static String of(StartReport before, StartReport after) {
        StringBuilder body = new StringBuilder("<h1>What changed</h1><p>A: <code>")
                .append(Html.escape(before.command())).append("</code><br>B: <code>")
                .append(Html.escape(after.command())).append("</code></p>");
        Comparison.settings(before.setting(), after.setting())
                .forEach(line -> body.append("<p><code>").append(Html.escape(line)).append("</code></p>"));
        body.append(HtmlReport.changes(StartComparison.of(before, after)));
        return Html.page("What changed", body.toString());
    }

    /** A bar to each median, and a line to each p95. */
    private static String bars(List<StartTable.Row> rows) {
        double most = rows.stream().mapToDouble(StartTable.Row::p95).max().orElse(1);
        double scale = (WIDTH - LEFT - 80) / most;
        int height = rows.size() * (BAR + 6) + 12;
        StringBuilder svg = new StringBuilder(
                "<svg viewBox='0 0 " + WIDTH + " " + height + "' role='img' aria-label='seconds, median and p95'>");
        int y = 8;
        for (StartTable.Row row : rows) {
            text(svg, "<text class='label' x='%d' y='%d' text-anchor='end'>%s</text>", LEFT - 8, y + 12,
                    Html.escape(row.image() + ", " + row.mode()
                            + (row.hosts() > 1 ? ", " + row.hosts() + " hosts" : "")));
            text(svg, "<rect class='cell' x='%d' y='%d' width='%.1f' height='%d'/>", LEFT, y,
                    row.median() * scale, BAR);
            double end = LEFT + row.p95() * scale;
            text(svg, "<line class='mark' x1='%d' y1='%d' x2='%.1f' y2='%d'/>", LEFT, y + BAR / 2, end, y + BAR / 2);
            text(svg, "<text class='tick' x='%.1f' y='%d'>%s</text>", end + 6, y + 12, Html.number(row.median(), "s"));
            y += BAR + 6;
        }
        return svg.append("</svg>").toString();
    }

    private static void text(StringBuilder to, String format, Object... values) {
        to.append(String.format(Locale.ROOT, format, values));
    }

    private static void table(List<StartTable.Row> rows, StringBuilder body) {
        body.append("<h2>Figures</h2><div class='scroll'><table><tr><th>image<th class='n'>Mbit/s<th>workload<th>mode"
                + "<th class='n'>hosts<th class='n'>n<th class='n'>median<th class='n'>p95<th class='n'>/ eager"
                + "<th class='n'>/ local<th class='n'>/ one<th class='n'>received<th class='n'>fetched / needed"
                + "<th class='n'>supernode / needed<th class='n'>all there</tr>");
        for (StartTable.Row row : rows) {
            body.append("<tr><td>").append(Html.escape(row.image()));
            number(body, String.valueOf(row.mbit()));
            body.append("<td>").append(row.workload()).append("<td>").append(Html.escape(row.mode()));
            number(body, String.valueOf(row.hosts()));
            number(body, String.valueOf(row.count()));
            number(body, Html.number(row.median(), "s"));
            number(body, Html.number(row.p95(), "s"));
            number(body, known(row.ofEager(), ""));
            number(body, known(row.ofLocal(), ""));
            number(body, known(row.ofOne(), ""));
            number(body, known(row.linkBytes() < 0 ? -1 : row.linkBytes() / 1e6, "MB"));
            number(body, known(row.amplification(), ""));
            number(body, known(row.supernode(), ""));
            number(body, known(row.local(), "s"));
            body.append("</tr>");
        }
        body.append("</table></div>");
    }

    private static String known(double value, String unit) {
        return value < 0 ? "" : Html.number(value, unit).strip();
    }

    private static void number(StringBuilder body, String value) {
        body.append("<td class='n'>").append(value);
    }

    private static void cells(StringBuilder body, String name, String value) {
        body.append("<tr><td>").append(Html.escape(name)).append("<td class='n'>").append(Html.escape(value))
                .append("</tr>");
    }
}
