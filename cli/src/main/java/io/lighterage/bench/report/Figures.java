package io.lighterage.bench.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The figures of a report that people quote, each derived from its samples. */
public final class Figures {
    /**
     * One figure.
     *
     * @param name unique in a report
     * @param unit {@code s}, {@code x} (a multiple), {@code %} or {@code MiB}
     */
    public record Figure(String name, String unit, double value) {}

    private static final double GIB = 1L << 30;

    private Figures() {}

    /** All figures of {@code report} that its samples give. */
    public static List<Figure> of(Report report) {
        List<Figure> figures = new ArrayList<>();
        figures.add(new Figure("bound", "s", report.boundSeconds()));
        double[] done = pullSeconds(report);
        if (done.length > 0) {
            figures.add(new Figure("median host", "s", quantile(done, 0.5)));
            figures.add(new Figure("median host / bound", "x", quantile(done, 0.5) / report.boundSeconds()));
            figures.add(new Figure("p90 host / bound", "x", quantile(done, 0.9) / report.boundSeconds()));
            figures.add(new Figure("p99 host / bound", "x", quantile(done, 0.99) / report.boundSeconds()));
            figures.add(new Figure("last host", "s", quantile(done, 1)));
            figures.add(new Figure("last host / bound", "x", quantile(done, 1) / report.boundSeconds()));
        }
        double[] first = firstByteSeconds(report);
        if (first.length > 0) {
            figures.add(new Figure("median first byte", "s", quantile(first, 0.5)));
            figures.add(new Figure("latest first byte", "s", quantile(first, 1)));
        }
        double[] started = startedSeconds(report);
        if (started.length > 0) {
            figures.add(new Figure("median container", "s", quantile(started, 0.5)));
            figures.add(new Figure("p99 container", "s", quantile(started, 0.99)));
            figures.add(new Figure("last container", "s", quantile(started, 1)));
        }
        fetches(report, figures);
        bytes(report, figures);
        report.baselines().forEach(run -> baseline(report, run, figures));
        return figures;
    }

    /** Single answers, where they were timed, and the whole of what began at several instants. */
    private static void fetches(Report report, List<Figure> figures) {
        double[] layers = layerSeconds(report.samples());
        if (layers.length > 0) {
            figures.add(new Figure("median layer", "s", quantile(layers, 0.5)));
            figures.add(new Figure("p99 layer", "s", quantile(layers, 0.99)));
        }
        double begun = report.hosts().stream().mapToDouble(Report.Host::begun).max().orElse(0);
        double done = report.hosts().stream().filter(h -> !h.failed()).mapToDouble(Report.Host::done).max().orElse(-1);
        if (begun > report.boundSeconds() / 10 && done >= 0) {
            figures.add(new Figure("all hosts, from the first to the last", "s", done));
        }
    }

    private static void baseline(Report report, Report.Run run, List<Figure> figures) {
        double[] done = pullSeconds(run.hosts());
        String name = run.name() + ": ";
        if (done.length == 0) {
            return;
        }
        figures.add(new Figure(name + "median host / bound", "x", quantile(done, 0.5) / report.boundSeconds()));
        figures.add(new Figure(name + "p99 host / bound", "x", quantile(done, 0.99) / report.boundSeconds()));
        figures.add(new Figure(name + "last host / bound", "x", quantile(done, 1) / report.boundSeconds()));
        figures.add(new Figure(name + "upstream sent / image", "x", run.egress().upstream() / report.imageBytes()));
        double[] layers = layerSeconds(run.samples());
        double[] ours = layerSeconds(report.samples());
        if (layers.length > 0 && ours.length > 0) {
            figures.add(new Figure(name + "median layer", "s", quantile(layers, 0.5)));
            figures.add(new Figure("median layer / that of " + run.name(), "x",
                    quantile(ours, 0.5) / quantile(layers, 0.5)));
        }
        double[] own = pullSeconds(report);
        if (own.length > 0) {
            figures.add(new Figure("median host / that of " + run.name(), "x",
                    quantile(own, 0.5) / quantile(done, 0.5)));
            figures.add(new Figure("last host / that of " + run.name(), "x", quantile(own, 1) / quantile(done, 1)));
        }
        double cpu = cpuSeconds(run.processes());
        figures.add(new Figure(name + "CPU of all processes", "s/GiB",
                cpu / (done.length * (report.imageBytes() / GIB))));
    }

    /** The figures of one means that stand side by side with those of others. */
    record Means(
            String name, double[] done, double median, double p90, double p99, double last, double upstream,
                    double supernode,
            double cpuPerGib, double peakMib, double overhead) {}

    /** Ours first, then the others that came to an end. */
    static List<Means> means(Report report) {
        List<Means> all = new ArrayList<>();
        Report.Run own = new Report.Run("lighter", "", report.hosts(), report.egress(), report.processes(),
                report.samples());
        List<Report.Run> runs = new ArrayList<>(List.of(own));
        runs.addAll(report.baselines());
        for (Report.Run run : runs) {
            double[] done = pullSeconds(run.hosts());
            if (done.length > 0) {
                double content = run.egress().upstream() + run.egress().supernode() + run.egress().nodes();
                all.add(new Means(
                        run.name(), done, quantile(done, 0.5) / report.boundSeconds(),
                                quantile(done, 0.9) / report.boundSeconds(),
                        quantile(done, 0.99) / report.boundSeconds(), quantile(done, 1) / report.boundSeconds(),
                        run.egress().upstream() / report.imageBytes(), run.egress().supernode() / report.imageBytes(),
                        cpuSeconds(run.processes()) / (done.length * (report.imageBytes() / GIB)),
                        run.processes().stream().mapToLong(Report.Process::peakBytes).max().orElse(0) / 1048576.0,
                        100 * run.egress().control() / content));
            }
        }
        return all;
    }

    /** How long each layer took, from the request to its last byte, sorted. */
    static double[] layerSeconds(Report.Samples samples) {
        return samples.fetches().stream().filter(f -> f.what().startsWith("layer"))
                .mapToDouble(f -> f.done() - f.begun())
                .sorted().toArray();
    }

    /** Of all but the measurement itself. */
    private static double cpuSeconds(List<Report.Process> processes) {
        return processes.stream().filter(p -> !p.name().startsWith("(")).mapToDouble(Report.Process::cpuSeconds).sum();
    }

    private static void bytes(Report report, List<Figure> figures) {
        Report.Egress egress = report.egress();
        double image = report.imageBytes();
        double all = egress.supernode() + egress.nodes();
        figures.add(new Figure("upstream sent / image", "x", egress.upstream() / image));
        figures.add(new Figure("supernode sent / image", "x", egress.supernode() / image));
        if (all > 0) {
            figures.add(new Figure("supernode's part of all content", "%", 100 * egress.supernode() / all));
            figures.add(new Figure("sent in vain", "%", 100 * egress.duplicate() / all));
            figures.add(new Figure("overhead besides content", "%", 100 * egress.control() / all));
        }
        crossRack(report).ifPresent(x -> figures.add(new Figure("into a rack from outside, mean / image", "x", x)));
        double cpu = cpuSeconds(report.processes());
        if (cpu > 0 && done(report) > 0) {
            figures.add(new Figure("CPU of all processes", "s/GiB", cpu / (done(report) * (image / GIB))));
            report.processes().stream().mapToLong(Report.Process::peakBytes).max()
                    .ifPresent(peak -> figures.add(new Figure("largest process", "MiB", peak / 1048576.0)));
        }
    }

    private static long done(Report report) {
        return report.hosts().stream().filter(h -> h.done() >= 0).count();
    }

    /**
     * Content that came into a rack from elsewhere, the supernode included, on average and as a multiple of the image.
     */
    static Optional<Double> crossRack(Report report) {
        Report.Racks racks = report.racks();
        int count = 0;
        double into = 0;
        for (int to = 0; to < racks.names().size(); to++) {
            double here = 0;
            double received = 0;
            for (int from = 0; from < racks.names().size(); from++) {
                double bytes = racks.bytes().get(from).get(to);
                received += bytes;
                here += from == to ? bytes : 0;
            }
            if (received > 0) {
                count++;
                into += received - here;
            }
        }
        return count == 0 ? Optional.empty() : Optional.of(into / count / report.imageBytes());
    }

    /** How long each host that did not fail took, sorted. */
    static double[] pullSeconds(Report report) {
        return pullSeconds(report.hosts());
    }

    private static double[] pullSeconds(List<Report.Host> hosts) {
        return hosts.stream().filter(h -> !h.failed() && h.done() >= 0).mapToDouble(h -> h.done() - h.begun())
                .sorted().toArray();
    }

    static double[] firstByteSeconds(Report report) {
        return report.hosts().stream().filter(h -> h.firstByte() >= 0).mapToDouble(h -> h.firstByte() - h.begun())
                .sorted().toArray();
    }

    static double[] startedSeconds(Report report) {
        return report.containerSeconds().stream().filter(s -> s >= 0).mapToDouble(s -> s).sorted().toArray();
    }

    /** The least of {@code sorted} that so great a part of it does not exceed. */
    static double quantile(double[] sorted, double part) {
        return sorted[Math.max(0, (int) Math.ceil(part * sorted.length) - 1)];
    }

    static double[] sorted(double[] values) {
        double[] copy = values.clone();
        Arrays.sort(copy);
        return copy;
    }
}
