package io.lighterage.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The samples of a {@link StartReport}, those of a kind in one row. */
public final class StartTable {
    /**
     * Samples that differ by chance alone.
     *
     * @param hosts how many started at the same instant
     * @param median seconds to ready
     * @param p95 the same
     * @param ofEager median to ready, as a part of that of {@code eager-upstream} over the same link; -1 without one
     * @param ofLocal the same of {@code local}
     * @param ofOne the same of one host alone in the same mode
     * @param linkBytes median
     * @param amplification median; -1 where it has no meaning
     * @param supernode median of the bytes that the supernode sent for each that one host needed; -1 where it has no
     *     meaning
     * @param local median seconds until all was there; -1 where it was not measured
     */
    public record Row(
            String image,
            long imageBytes,
            int mbit,
            String workload,
            String mode,
            int hosts,
            int count,
            double median,
            double p95,
            double ofEager,
            double ofLocal,
            double ofOne,
            double linkBytes,
            double amplification,
            double supernode,
            double local) {}

    /** What samples have in common that differ by chance alone. */
    record Kind(String image, int mbit, String workload, String mode, int hosts) {
        /** For people. */
        String label() {
            return image + ", " + mode + ", " + mbit + " Mbit/s" + (workload.equals("start") ? "" : ", " + workload)
                    + (hosts == 1 ? "" : ", " + hosts + " hosts");
        }
    }

    private StartTable() {}

    /** The rows in the order in which their first samples came. */
    public static List<Row> of(StartReport report) {
        Map<Kind, List<StartReport.Sample>> kinds = kinds(report);
        List<Row> rows = new ArrayList<>();
        kinds.forEach((kind, samples) -> {
            double median = at(0.5, samples, StartReport.Sample::ready);
            rows.add(new Row(
                    kind.image, samples.getFirst().imageBytes(), kind.mbit, kind.workload, kind.mode,
                    kind.hosts, samples.size(),
                    median,
                    at(0.95, samples, StartReport.Sample::ready),
                    ratio(median, kinds, kind, "eager-upstream"),
                    ratio(median, kinds, kind, "local"),
                    kind.hosts == 1 ? -1 : ratio(median, kinds, kind, kind.mode),
                    at(0.5, samples, StartReport.Sample::linkBytes),
                    at(0.5, samples, StartReport.Sample::amplification),
                    at(0.5, samples, StartReport.Sample::supernodeShare),
                    at(0.5, samples, StartReport.Sample::local)));
        });
        return rows;
    }

    /** The samples by what they have in common, in the order in which the first of each came. */
    static Map<Kind, List<StartReport.Sample>> kinds(StartReport report) {
        Map<Kind, List<StartReport.Sample>> kinds = new LinkedHashMap<>();
        for (StartReport.Sample sample : report.samples()) {
            Kind kind = new Kind(sample.image(), sample.mbit(), sample.workload(), sample.mode(), sample.hosts());
            kinds.computeIfAbsent(kind, k -> new ArrayList<>()).add(sample);
        }
        return kinds;
    }

    private static double ratio(
            double median, Map<Kind, List<StartReport.Sample>> kinds, Kind kind, String mode) {
        List<StartReport.Sample> others = kinds.get(new Kind(kind.image, kind.mbit, kind.workload, mode, 1));
        return others == null ? -1 : median / at(0.5, others, StartReport.Sample::ready);
    }

    /** The quantile by the nearest rank, but for the median. */
    private static double at(
            double quantile, List<StartReport.Sample> samples, ToDoubleFunction<StartReport.Sample> value) {
        double[] sorted = samples.stream().mapToDouble(value).sorted().toArray();
        return quantile == 0.5 ? median(sorted) : sorted[(int) Math.ceil(quantile * sorted.length) - 1];
    }

    /** The median of values in order; that of an even number lies between two. */
    static double median(double[] sorted) {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
