package io.lighterage.bench.report;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import java.util.Map;

/**
 * What a benchmark of cold starts found. {@code report.json} is this record; readers ignore fields that they do not
 * know.
 *
 * @param format {@link #FORMAT}
 * @param command the command line that gives this report
 * @param startedAt ISO 8601
 * @param wallSeconds how long the run took
 * @param partial why the run ended before its end; empty if it did not
 * @param machine where it ran
 * @param setting what was asked for, by name
 * @param samples every start that was measured, in order
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record StartReport(
        String format,
        String command,
        String startedAt,
        double wallSeconds,
        String partial,
        Machine machine,
        Map<String, String> setting,
        List<Sample> samples) {
    public static final String FORMAT = "lighterage-start-report 1";

    public StartReport {
        setting = Map.copyOf(setting);
        samples = List.copyOf(samples);
    }

    /**
     * One start. Times are seconds since the image was asked for; -1 where something was not measured.
     *
     * @param image its name
     * @param imageBytes bytes of its files
     * @param mode how it got to the host
     * @param mbit rate of the link
     * @param workload {@code start} or {@code read}
     * @param hosts how many started at the same instant
     * @param ready when the container was ready, or had read every file
     * @param linkBytes bytes that the host's link had received by then
     * @param neededBytes bytes of files that had been read by then, each once
     * @param fetchedBytes bytes that had been fetched for reads or by a trace by then, the rest's pull left out
     * @param supernodeBytes bytes of chunks that the supernode had sent to all hosts when the last one was ready
     * @param local when all of the image was there
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Sample(
            String image,
            long imageBytes,
            String mode,
            int mbit,
            String workload,
            int hosts,
            double ready,
            long linkBytes,
            long neededBytes,
            long fetchedBytes,
            long supernodeBytes,
            double local) {
        /** Bytes fetched for each that was needed, or -1. */
        public double amplification() {
            return neededBytes <= 0 ? -1 : (double) fetchedBytes / neededBytes;
        }

        /** Bytes that the supernode sent for each that one host needed, or -1. */
        public double supernodeShare() {
            return neededBytes <= 0 || supernodeBytes < 0 ? -1 : (double) supernodeBytes / neededBytes;
        }
    }
}
