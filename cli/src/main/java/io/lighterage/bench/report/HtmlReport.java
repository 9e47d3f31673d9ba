package io.lighterage.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A report, or two side by side, as one page without anything from elsewhere. */
public final class HtmlReport {
    private static final Set<String> TILES = Set.of(
            "median host / bound", "last host / bound", "upstream sent / image", "supernode's part of all content",
            "into a rack from outside, mean / image", "last container");
    private static final int MOST_RACKS = 130;

    private HtmlReport() {}

    /** The page of {@code report}. */
    public static String of(Report report) {
        StringBuilder body = new StringBuilder();
        head(report, body);
        List<Figures.Figure> figures = Figures.of(report);
        body.append("<div class='tiles'>");
        for (Figures.Figure figure : figures) {
            if (TILES.contains(figure.name())) {
                body.append("<div class='tile'><b>").append(Html.number(figure.value(), figure.unit())).append("</b><span>")
                        .append(Html.escape(figure.name())).append("</span></div>");
            }
        }
        body.append("</div>");
        curves(report, body);
        matrix(report, body);
        body.append("<h2>Figures</h2><div class='scroll'><table>");
        figures.forEach(f -> row(body, f.name(), Html.number(f.value(), f.unit())));
        body.append("</table></div>");
        processes(report, body);
        facts(report, body);
        return Html.page(report.title(), body.toString());
    }

    private static void head(Report report, StringBuilder body) {
        body.append("<h1>").append(Html.escape(report.title())).append("</h1><p><code>").append(Html.escape(report.command()))
                .append("</code></p>");
        if (!report.partial().isEmpty()) {
            body.append("<p class='partial'><b>Partial.</b> The run ended early: ").append(Html.escape(report.partial())).append(".</p>");
        }
    }

    private static void curves(Report report, StringBuilder body) {
        double[] done = instants(report, true);
        double[] first = instants(report, false);
        double[] started = Figures.startedSeconds(report);
        if (started.length > 0) {
            body.append("<h2>Containers that have started</h2>");
            body.append(Svg.completion(
                    List.of(new Svg.Curve("started", started, "one")), report.containerSeconds().size(), List.of(), "containers that have started, by time"));
        } else if (done.length > 0 || first.length > 0) {
            body.append("<h2>Hosts that are done</h2><div class='key'><span><i class='k1'></i>has the whole image</span>"
                    + "<span><i class='k2'></i>has its first byte</span></div>");
            body.append(Svg.completion(
                    List.of(new Svg.Curve("first byte", first, "two"), new Svg.Curve("done", done, "one")),
                    report.hosts().size(), List.of(new Svg.Mark("bound", report.boundSeconds())), "hosts that are done, by time"));
        }
    }

    private static double[] instants(Report report, boolean done) {
        return report.hosts().stream().mapToDouble(h -> done ? h.done() : h.firstByte()).filter(s -> s >= 0).sorted().toArray();
    }

    private static void matrix(Report report, StringBuilder body) {
        Report.Racks racks = report.racks();
        if (racks.names().size() > 2 && racks.names().size() <= MOST_RACKS) {
            body.append("<h2>Content between racks</h2><p>Rows send, columns receive; the darker, the more. The diagonal stays in its rack.</p>");
            body.append(Svg.heat(racks.names(), racks.bytes(), report.imageBytes()));
        }
    }

    private static void processes(Report report, StringBuilder body) {
        if (report.processes().isEmpty()) {
            return;
        }
        body.append("<h2>Processes</h2><div class='scroll'><table><tr><th>process<th class='n'>CPU<th class='n'>peak memory</tr>");
        for (Report.Process process : report.processes()) {
            body.append("<tr><td>").append(Html.escape(process.name())).append("<td class='n'>")
                    .append(Html.number(process.cpuSeconds(), "s")).append("<td class='n'>")
                    .append(Html.number(process.peakBytes() / 1048576.0, "MiB")).append("</tr>");
        }
        body.append("</table></div>");
    }

    private static void facts(Report report, StringBuilder body) {
        body.append("<h2>Setting</h2><div class='scroll'><table>");
        new TreeMap<>(report.setting()).forEach((name, value) -> row(body, name, value));
        body.append("</table></div><h2>Machine</h2><div class='scroll'><table>");
        Machine machine = report.machine();
        Map<String, String> facts = new TreeMap<>(Map.of(
                "CPU", machine.cpu() + ", " + machine.cores() + " cores",
                "memory", Html.number(machine.memoryBytes() / (double) (1L << 30), "GiB"),
                "system", machine.system(),
                "Java", machine.java(),
                "run", report.startedAt() + ", took " + Html.number(report.wallSeconds(), "s")));
        facts.forEach((name, value) -> row(body, name, value));
        body.append("</table></div>");
    }

    private static void row(StringBuilder body, String name, String value) {
        body.append("<tr><td>").append(Html.escape(name)).append("<td class='n'>").append(Html.escape(value)).append("</tr>");
    }

    /** The page of two reports side by side. */
    public static String of(Report before, Report after) {
        StringBuilder body = new StringBuilder("<h1>What changed</h1>");
        body.append("<p>A: ").append(Html.escape(before.title())).append("<br>B: ").append(Html.escape(after.title())).append("</p>");
        List<String> settings = new ArrayList<>(Comparison.settings(before, after));
        settings.forEach(line -> body.append("<p><code>").append(Html.escape(line)).append("</code></p>"));
        body.append("<div class='key'><span><i class='k2'></i>A</span><span><i class='k1'></i>B</span></div>");
        body.append(Svg.completion(
                List.of(new Svg.Curve("A", instants(before, true), "two"), new Svg.Curve("B", instants(after, true), "one")),
                Math.max(before.hosts().size(), after.hosts().size()), List.of(), "hosts that are done, by time, of both"));
        body.append("<h2>Figures</h2><div class='scroll'><table><tr><th>figure<th class='n'>A<th class='n'>B<th class='n'>change</tr>");
        for (Comparison.Row row : Comparison.of(before, after)) {
            String style = !row.changed() ? "" : row.ratio() > 1 ? " up" : " down";
            body.append("<tr><td>").append(Html.escape(row.name())).append("<td class='n'>").append(Html.number(row.before(), row.unit()))
                    .append("<td class='n'>").append(Html.number(row.after(), row.unit())).append("<td class='n").append(style).append("'>")
                    .append(change(row)).append("</tr>");
        }
        return Html.page("What changed", body.append("</table></div>").toString());
    }

    /** A row's change for people. */
    public static String change(Comparison.Row row) {
        return row.changed() ? String.format(java.util.Locale.ROOT, "%+.1f %%", 100 * (row.ratio() - 1)) : "within noise";
    }
}
