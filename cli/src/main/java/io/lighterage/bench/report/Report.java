package io.lighterage.bench.report;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import java.util.Map;

/**
 * Everything that one run of a benchmark found. {@code report.json} is this record, field by field; readers ignore
 * fields that they do not know.
 *
 * @param format {@link #FORMAT}
 * @param kind which benchmark, such as {@code simulate}
 * @param title one line for people
 * @param command the command line that gives this report
 * @param startedAt ISO 8601
 * @param wallSeconds how long the run took
 * @param partial why the run ended before its end; empty if it did not
 * @param machine where it ran
 * @param setting what was asked for, by name
 * @param imageBytes the content that each host was to have
 * @param boundSeconds in which no means could be faster
 * @param hosts every host
 * @param containerSeconds when each container had started, -1 for never; empty where none were
 * @param egress who sent how much
 * @param racks content between racks
 * @param processes CPU and memory of real processes; empty in a simulation
 * @param samples what else was read on the way; nothing in a simulation
 * @param baselines the same pull by other means
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Report(
        String format,
        String kind,
        String title,
        String command,
        String startedAt,
        double wallSeconds,
        String partial,
        Machine machine,
        Map<String, String> setting,
        long imageBytes,
        double boundSeconds,
        List<Host> hosts,
        List<Double> containerSeconds,
        Egress egress,
        Racks racks,
        List<Process> processes,
        Samples samples,
        List<Run> baselines) {
    public static final String FORMAT = "lighterage-report 1";

    public Report {
        setting = Map.copyOf(setting);
        hosts = List.copyOf(hosts);
        containerSeconds = List.copyOf(containerSeconds);
        processes = List.copyOf(processes);
        samples = samples == null ? Samples.NONE : samples;
        baselines = baselines == null ? List.of() : List.copyOf(baselines);
    }

    /**
     * One host. Instants are seconds since the run began, -1 for never.
     *
     * @param begun when its pull began
     * @param firstByte when its first content arrived
     * @param done when it had all
     * @param failed whether it was made to fail or to be slow, so that it counts for nothing
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Host(String name, String rack, String zone, double begun, double firstByte, double done,
            boolean failed) {}

    /**
     * Bytes of content that were sent, and what came on top of it.
     *
     * @param upstream by the registry
     * @param supernode by the supernode
     * @param nodes by nodes to nodes
     * @param control of messages that are not content
     * @param duplicate content that somebody had already
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Egress(double upstream, double supernode, double nodes, double control, double duplicate) {}

    /**
     * Content between racks.
     *
     * @param names of racks, in the order of rows and columns; the supernode is one
     * @param bytes {@code bytes.get(i).get(j)} went from {@code i} to {@code j}
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Racks(List<String> names, List<List<Double>> bytes) {
        public Racks {
            names = List.copyOf(names);
            bytes = bytes.stream().map(List::copyOf).toList();
        }
    }

    /** A process that took part: its CPU seconds, user and system, and the most memory that it had resident. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Process(String name, double cpuSeconds, long peakBytes) {}

    /**
     * One answer that a host read. Instants are seconds since the run began.
     *
     * @param what {@code manifest}, {@code config} or a layer
     * @param bytes of its body
     * @param begun when it was asked for
     * @param firstByte when its first byte was here
     * @param done when its last byte was here
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Fetch(String host, String what, long bytes, double begun, double firstByte, double done) {}

    /** Bytes on a link, from its owner and to it. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Moved(long sent, long received) {
        /** What came after {@code earlier}. */
        public Moved minus(Moved earlier) {
            return new Moved(sent - earlier.sent, received - earlier.received);
        }
    }

    /** What the counters of a link said at each instant, with all that is on the link: content, frames, TCP and IP. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Link(String owner, List<Moved> moved) {
        public Link {
            moved = List.copyOf(moved);
        }
    }

    /** Counters of links at the instants {@code at}, in seconds since the run began. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Links(List<Double> at, List<Link> links) {
        public Links {
            at = List.copyOf(at);
            links = List.copyOf(links);
        }
    }

    /** What was read on the way. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Samples(List<Fetch> fetches, Links links) {
        /** Nothing. */
        public static final Samples NONE = new Samples(List.of(), new Links(List.of(), List.of()));

        public Samples {
            fetches = List.copyOf(fetches);
        }
    }

    /**
     * The pull by other means.
     *
     * @param name of the means
     * @param partial why it ended early; empty if it did not
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Run(
            String name, String partial, List<Host> hosts, Egress egress, List<Process> processes, Samples samples) {
        public Run {
            hosts = List.copyOf(hosts);
            processes = List.copyOf(processes);
        }
    }
}
