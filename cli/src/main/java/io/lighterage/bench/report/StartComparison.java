package io.lighterage.bench.report;

import io.lighterage.bench.report.StartReport.Sample;
import io.lighterage.bench.report.StartTable.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Two reports of cold starts side by side.
 *
 * <p>Where there are four samples or more of both, a median has changed beyond noise if it did by more than a fiftieth
 * and the samples of one report all lie beyond those of the other: the Mann-Whitney statistic is 0, which chance gives
 * in one of 35 cases or fewer. Where there are fewer, only a change of more than a quarter counts.
 */
public final class StartComparison {
    private static final int ENOUGH = 4;
    private static final double LEAST = 0.02;
    private static final double FEW = 0.25;

    private StartComparison() {}

    /** The medians of every kind of start that both have, in the order of the first. */
    public static List<Comparison.Row> of(StartReport before, StartReport after) {
        Map<Kind, List<Sample>> later = StartTable.kinds(after);
        List<Comparison.Row> rows = new ArrayList<>();
        StartTable.kinds(before).forEach((kind, samples) -> {
            List<Sample> others = later.getOrDefault(kind, List.of());
            add(rows, kind, "ready", "s", Sample::ready, samples, others);
            add(rows, kind, "received", "MB", sample -> sample.linkBytes() / 1e6, samples, others);
            add(rows, kind, "fetched / needed", "x", Sample::amplification, samples, others);
            add(rows, kind, "supernode / needed", "x", Sample::supernodeShare, samples, others);
            add(rows, kind, "all there", "s", Sample::local, samples, others);
        });
        return rows;
    }

    private static void add(
            List<Comparison.Row> rows, Kind kind, String what, String unit, ToDoubleFunction<Sample> value,
            List<Sample> before, List<Sample> after) {
        double[] a = known(before, value);
        double[] b = known(after, value);
        if (a.length > 0 && b.length > 0) {
            double was = StartTable.median(a);
            double is = StartTable.median(b);
            double ratio = was == is ? 1 : is / was;
            rows.add(new Comparison.Row(kind.label() + ": " + what, unit, was, is, ratio, isBeyondNoise(a, b, ratio)));
        }
    }

    /** What was measured, in order; -1 says that it was not, and of nothing there are no ratios. */
    private static double[] known(List<Sample> samples, ToDoubleFunction<Sample> value) {
        return samples.stream().mapToDouble(value).filter(v -> v > 0).sorted().toArray();
    }

    private static boolean isBeyondNoise(double[] a, double[] b, double ratio) {
        if (Math.min(a.length, b.length) < ENOUGH) {
            return Math.abs(ratio - 1) > FEW;
        }
        boolean apart = a[a.length - 1] < b[0] || b[b.length - 1] < a[0];
        return apart && Math.abs(ratio - 1) > LEAST;
    }
}
