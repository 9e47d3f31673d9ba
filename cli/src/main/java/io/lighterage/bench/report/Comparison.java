package io.lighterage.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Two reports side by side.
 *
 * <p>A quantile of many samples has changed beyond noise if the 95 % interval of its ratio, by resampling both reports'
 * samples (bootstrap), leaves out 1 by a hundredth, with real processes by a twentieth. Of everything else there is one
 * value in a report, so only a change of more than a twentieth counts.
 */
public final class Comparison {
    private static final int RESAMPLES = 500;
    private static final int MOST_SAMPLES = 2000;
    private static final double LEAST = 0.01;
    private static final double SINGLE = 0.05;

    /** A figure in both reports; {@code changed} if its change is beyond noise. */
    public record Row(String name, String unit, double before, double after, double ratio, boolean changed) {}

    private Comparison() {}

    /** Every figure that both have, in the order of the first. */
    public static List<Row> of(Report before, Report after) {
        Map<String, Figures.Figure> later = new LinkedHashMap<>();
        Figures.of(after).forEach(f -> later.put(f.name(), f));
        List<Row> rows = new ArrayList<>();
        for (Figures.Figure figure : Figures.of(before)) {
            Figures.Figure other = later.get(figure.name());
            if (other != null) {
                double ratio = figure.value() == other.value() ? 1 : other.value() / figure.value();
                rows.add(new Row(
                        figure.name(), figure.unit(), figure.value(), other.value(), ratio,
                        isBeyondNoise(figure.name(), ratio, before, after)));
            }
        }
        return rows;
    }

    /** What differs between the two settings, as lines of {@code name: before -> after}. */
    public static List<String> settings(Map<String, String> before, Map<String, String> after) {
        List<String> lines = new ArrayList<>();
        new TreeMap<>(before).forEach((name, value) -> {
            String now = after.getOrDefault(name, "-");
            if (!now.equals(value)) {
                lines.add(name + ": " + value + " -> " + now);
            }
        });
        return lines;
    }

    private static boolean isBeyondNoise(String name, double ratio, Report before, Report after) {
        boolean derived = name.contains("that of"); // from samples of two means
        double part = derived ? 0 : name.startsWith("median") ? 0.5 : name.startsWith("p90") ? 0.9
                : name.startsWith("p99") ? 0.99 : 0;
        ToDoubleFunction<double[]> statistic = sorted -> Figures.quantile(sorted, part);
        double[] a = samples(name, before);
        double[] b = samples(name, after);
        if (part == 0 || a.length < 8 || b.length < 8) {
            return Math.abs(ratio - 1) > SINGLE;
        }
        double scale = name.endsWith("bound") ? before.boundSeconds() / after.boundSeconds() : 1;
        SplittableRandom random = new SplittableRandom(1);
        double[] ratios = new double[RESAMPLES];
        for (int i = 0; i < RESAMPLES; i++) {
            ratios[i] = scale * statistic.applyAsDouble(resample(b, random)) / statistic.applyAsDouble(resample(a,
                    random));
        }
        double[] sorted = Figures.sorted(ratios);
        // Real processes differ from run to run by more than the hosts of one run differ from each other.
        double least = before.processes().isEmpty() && after.processes().isEmpty() ? LEAST : SINGLE;
        return Figures.quantile(sorted, 0.025) > 1 + least || Figures.quantile(sorted, 0.975) < 1 - least;
    }

    private static double[] samples(String name, Report report) {
        if (name.contains("container")) {
            return Figures.startedSeconds(report);
        }
        if (name.endsWith("layer")) {
            return Figures.layerSeconds(report.samples());
        }
        return name.contains("first byte") ? Figures.firstByteSeconds(report) : Figures.pullSeconds(report);
    }

    private static double[] resample(double[] samples, SplittableRandom random) {
        double[] drawn = new double[Math.min(MOST_SAMPLES, samples.length)];
        for (int i = 0; i < drawn.length; i++) {
            drawn[i] = samples[random.nextInt(samples.length)];
        }
        return Figures.sorted(drawn);
    }
}
