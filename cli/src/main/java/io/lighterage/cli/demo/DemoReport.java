package io.lighterage.cli.demo;

import io.lighterage.cli.Amounts;
import io.lighterage.cli.Table;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/** The table at the end. */
final class DemoReport {
    private static final String NONE = "-";

    private DemoReport() {}

    /**
     * Prints what was measured.
     *
     * @param baseline the same crowd at the registry directly, where that was measured
     */
    static void print(CrowdResult swarm, Optional<CrowdResult> baseline, PrintWriter out) {
        out.println();
        if (baseline.isPresent()) {
            compare(swarm, baseline.get(), out);
        } else {
            alone(swarm, out);
        }
        out.flush();
    }

    private static void compare(CrowdResult swarm, CrowdResult direct, PrintWriter out) {
        Table table = new Table(false, true, true)
                .row("", "Lighterage", "all from upstream")
                .row("time to first byte, median", time(swarm.medianFirstByteNs()), time(direct.medianFirstByteNs()))
                .row("median node", time(swarm.medianNs()), time(direct.medianNs()))
                .row("last node", time(swarm.lastNs()), time(direct.lastNs()))
                .row("upstream sent", sent(swarm.fromUpstream(), swarm), sent(direct.fromUpstream(), direct))
                .row("supernode sent", sent(swarm.fromSupernode(), swarm), NONE)
                .row("nodes sent to each other", sent(swarm.betweenNodes(), swarm), NONE);
        table.print(out);
        out.printf(
                Locale.ROOT,
                "%nThe last node was done %.1f x as fast, and upstream sent %.1f x less.%n",
                (double) direct.lastNs() / swarm.lastNs(),
                (double) direct.fromUpstream() / Math.max(1, swarm.fromUpstream()));
    }

    private static void alone(CrowdResult swarm, PrintWriter out) {
        new Table(false, true)
                .row("", "Lighterage")
                .row("time to first byte, median", time(swarm.medianFirstByteNs()))
                .row("median node", time(swarm.medianNs()))
                .row("last node", time(swarm.lastNs()))
                .row("upstream sent", sent(swarm.fromUpstream(), swarm))
                .row("supernode sent", sent(swarm.fromSupernode(), swarm))
                .row("nodes sent to each other", sent(swarm.betweenNodes(), swarm))
                .print(out);
        out.println();
        out.println("No comparison: the registry is not ours, so it was not asked for the image once for every node.");
    }

    private static String time(long nanos) {
        return Amounts.time(nanos);
    }

    private static String sent(OptionalLong bytes, CrowdResult crowd) {
        return bytes.isPresent() ? sent(bytes.getAsLong(), crowd) : NONE;
    }

    private static String sent(long bytes, CrowdResult crowd) {
        return String.format(
                Locale.ROOT, "%s (%.2f x)", Amounts.bytes(bytes), (double) bytes / Math.max(1, crowd.imageBytes()));
    }
}
