package io.lighterage.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/** A report, or two side by side, as one page without anything from elsewhere. */
public final class HtmlReport {
    private static final Set<String> TILES = Set.of(
            "median host / bound", "last host / bound", "last host / that of aria2", "supernode sent / image",
                    "upstream sent / image", "supernode's part of all content",
            "into a rack from outside, mean / image", "last container");
    private static final List<String> STYLES = List.of("one", "two", "three", "four");
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
                body.append("<div class='tile'><b>").append(Html.number(figure.value(), figure.unit()))
                        .append("</b><span>")
                        .append(Html.escape(figure.name())).append("</span></div>");
            }
        }
        body.append("</div>");
        curves(report, body);
        means(report, body);
        links(report, body);
        matrix(report, body);
        body.append("<h2>Figures</h2><div class='scroll'><table>");
        figures.forEach(f -> row(body, f.name(), Html.number(f.value(), f.unit())));
        body.append("</table></div>");
        processes(report, body);
        facts(report, body);
        return Html.page(report.title(), body.toString());
    }

    private static void head(Report report, StringBuilder body) {
        body.append("<h1>").append(Html.escape(report.title())).append("</h1><p><code>")
                .append(Html.escape(report.command()))
                .append("</code></p>");
        if (!report.partial().isEmpty()) {
            body.append("<p class='partial'><b>Partial.</b> The run ended early: ")
                    .append(Html.escape(report.partial())).append(".</p>");
        }
    }

    private static void curves(Report report, StringBuilder body) {
        double[] done = instants(report, true);
        double[] first = instants(report, false);
        double[] started = Figures.startedSeconds(report);
        if (started.length > 0) {
            body.append("<h2>Containers that have started</h2>");
            body.append(Svg.completion(
                    List.of(new Svg.Curve("started", started, "one")), report.containerSeconds().size(), List.of(),
                            "containers that have started, by time"));
        } else if (done.length > 0 || first.length > 0) {
            body.append("<h2>Hosts that are done</h2><div class='key'><span><i class='k1'></i>has the whole "
                    + "image</span>"
                    + "<span><i class='k2'></i>has its first byte</span></div>");
            body.append(Svg.completion(
                    List.of(new Svg.Curve("first byte", first, "two"), new Svg.Curve("done", done, "one")),
                    report.hosts().size(), List.of(new Svg.Mark("bound", report.boundSeconds())),
                            "hosts that are done, by time"));
        }
    }

    /** Ours and the others, as curves of how long hosts took and as a table. */
    private static void means(Report report, StringBuilder body) {
        List<Figures.Means> all = Figures.means(report);
        if (all.size() < 2) {
            return;
        }
        body.append("<h2>Other means for the same bytes</h2><div class='key'>");
        for (int i = 0; i < all.size(); i++) {
            body.append("<span><i class='k").append(i % STYLES.size() + 1).append("'></i>")
                    .append(Html.escape(all.get(i).name())).append("</span>");
        }
        body.append("</div>").append(comparison(report, all));
        body.append("<div class='scroll'><table><tr><th>means<th class='n'>median<th class='n'>p90<th class='n'>p99<th "
                + "class='n'>last"
                + "<th class='n'>upstream sends<th class='n'>supernode sends<th class='n'>CPU s/GiB<th class='n'>peak "
                + "MiB<th class='n'>overhead</tr>");
        for (Figures.Means one : all) {
            body.append("<tr><td>").append(Html.escape(one.name()));
            for (double x : new double[] {one.median(), one.p90(), one.p99(), one.last(), one.upstream(),
                    one.supernode()}) {
                body.append("<td class='n'>").append(Html.number(x, "x"));
            }
            body.append("<td class='n'>").append(Html.number(one.cpuPerGib(), "")).append("<td class='n'>")
                    .append(Html.number(one.peakMib(), "")).append("<td class='n'>")
                    .append(Html.number(one.overhead(), "%")).append("</tr>");
        }
        body.append("</table></div><p>Times as multiples of the bound, bytes as multiples of the image.</p>");
        for (Report.Run run : report.baselines()) {
            if (!run.partial().isEmpty()) {
                body.append("<p class='partial'><b>").append(Html.escape(run.name())).append(" is partial:</b> ")
                        .append(Html.escape(run.partial())).append(".</p>");
            }
        }
    }

    private static List<Svg.Curve> meansCurves(List<Figures.Means> all) {
        List<Svg.Curve> curves = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            curves.add(new Svg.Curve(all.get(i).name(), all.get(i).done(), STYLES.get(i % STYLES.size())));
        }
        return curves;
    }

    private static String comparison(Report report, List<Figures.Means> all) {
        return Svg.completion(
                meansCurves(all), report.hosts().size(), List.of(new Svg.Mark("bound", report.boundSeconds())),
                "hosts that are done, by time and means");
    }

    /** The plot of hosts that are done, by means, as an SVG that stands alone. */
    public static String plot(Report report) {
        List<Figures.Means> all = Figures.means(report);
        return Svg.alone(comparison(report, all), meansCurves(all), report.title());
    }

    private static void links(Report report, StringBuilder body) {
        Report.Links links = report.samples().links();
        if (links.at().size() < 2) {
            return;
        }
        List<Svg.Line> lines = new ArrayList<>();
        lines.add(rate(links, "upstream"::equals, "upstream", "one"));
        lines.add(rate(links, "supernode"::equals, "supernode", "two"));
        lines.add(rate(links, owner -> !owner.equals("upstream") && !owner.equals("supernode"), "all hosts", "four"));
        body.append("<h2>What is sent, on the links</h2><div class='key'><span><i class='k1'></i>by upstream</span>"
                + "<span><i class='k2'></i>by the supernode</span><span><i class='k4'></i>by all hosts "
                + "together</span></div>");
        body.append(Svg.lines(lines, "Mbit/s", "what is sent on the links, by time"));
    }

    private static Svg.Line rate(Report.Links links, Predicate<String> whose, String name, String style) {
        int count = links.at().size();
        double[] seconds = new double[count - 1];
        double[] mbit = new double[count - 1];
        for (int i = 1; i < count; i++) {
            double span = Math.max(0.001, links.at().get(i) - links.at().get(i - 1));
            seconds[i - 1] = Math.max(0, links.at().get(i));
            for (Report.Link link : links.links()) {
                if (whose.test(link.owner()) && i < link.moved().size()) {
                    mbit[i - 1] += (link.moved().get(i).sent() - link.moved().get(i - 1).sent()) * 8 / 1e6 / span;
                }
            }
        }
        return new Svg.Line(name, seconds, mbit, style);
    }

    private static double[] instants(Report report, boolean done) {
        return report.hosts().stream().mapToDouble(h -> done ? h.done() : h.firstByte()).filter(s -> s >= 0).sorted()
                .toArray();
    }

    private static void matrix(Report report, StringBuilder body) {
        Report.Racks racks = report.racks();
        if (racks.names().size() > 2 && racks.names().size() <= MOST_RACKS) {
            body.append("<h2>Content between racks</h2><p>Rows send, columns receive; the darker, the more. The "
                    + "diagonal stays in its rack.</p>");
            body.append(Svg.heat(racks.names(), racks.bytes(), report.imageBytes()));
        }
    }

    private static void processes(Report report, StringBuilder body) {
        if (report.processes().isEmpty()) {
            return;
        }
        body.append("<h2>Processes</h2><div class='scroll'><table><tr><th>process<th class='n'>CPU<th class='n'>peak "
                + "memory</tr>");
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
        body.append("<tr><td>").append(Html.escape(name)).append("<td class='n'>").append(Html.escape(value))
                .append("</tr>");
    }

    /** The page of two reports side by side. */
    public static String of(Report before, Report after) {
        StringBuilder body = new StringBuilder("<h1>What changed</h1>");
        body.append("<p>A: ").append(Html.escape(before.title())).append("<br>B: ").append(Html.escape(after.title()))
                .append("</p>");
        List<String> settings = new ArrayList<>(Comparison.settings(before.setting(), after.setting()));
        settings.forEach(line -> body.append("<p><code>").append(Html.escape(line)).append("</code></p>"));
        body.append("<div class='key'><span><i class='k2'></i>A</span><span><i class='k1'></i>B</span></div>");
        body.append(Svg.completion(
                List.of(new Svg.Curve("A", instants(before, true), "two"),
                        new Svg.Curve("B", instants(after, true), "one")),
                Math.max(before.hosts().size(), after.hosts().size()), List.of(),
                        "hosts that are done, by time, of both"));
        body.append(changes(Comparison.of(before, after)));
        return Html.page("What changed", body.toString());
    }

    /** The figures of two reports beside each other. */
    static String changes(List<Comparison.Row> rows) {
        StringBuilder body = new StringBuilder("<h2>Figures</h2><div class='scroll'><table><tr><th>figure"
                + "<th class='n'>A<th class='n'>B<th class='n'>change</tr>");
        for (Comparison.Row row : rows) {
            String style = !row.changed() ? "" : row.ratio() > 1 ? " up" : " down";
            body.append("<tr><td>").append(Html.escape(row.name())).append("<td class='n'>")
                    .append(Html.number(row.before(), row.unit()))
                    .append("<td class='n'>").append(Html.number(row.after(), row.unit())).append("<td class='n")
                    .append(style).append("'>")
                    .append(change(row)).append("</tr>");
        }
        return body.append("</table></div>").toString();
    }

    /** A row's change for people. */
    public static String change(Comparison.Row row) {
        return row.changed() ? String.format(Locale.ROOT, "%+.1f %%", 100 * (row.ratio() - 1))
                : "within noise";
    }
}
