package io.lighterage.bench.masspull;

import static io.lighterage.bench.masspull.MassPullSettings.HOSTS;
import static io.lighterage.bench.masspull.MassPullSettings.HOST_MBIT;
import static io.lighterage.bench.masspull.MassPullSettings.LAYERS;
import static io.lighterage.bench.masspull.MassPullSettings.PARALLEL;
import static io.lighterage.bench.masspull.MassPullSettings.PATTERN;
import static io.lighterage.bench.masspull.MassPullSettings.RACKS;
import static io.lighterage.bench.masspull.MassPullSettings.SCENE;
import static io.lighterage.bench.masspull.MassPullSettings.SUPERNODE_MBIT;
import static io.lighterage.bench.masspull.MassPullSettings.UPSTREAM_MBIT;

import io.lighterage.bench.report.Figures;
import io.lighterage.bench.report.Report;
import io.lighterage.bench.sim.Costs;
import io.lighterage.bench.sim.Datacenter;
import io.lighterage.bench.sim.Faults;
import io.lighterage.bench.sim.Image;
import io.lighterage.bench.sim.ImpossibleSettingException;
import io.lighterage.bench.sim.Load;
import io.lighterage.bench.sim.Setting;
import io.lighterage.bench.sim.Simulation;
import io.lighterage.bench.sim.SimulationReport;
import java.time.Instant;
import java.util.function.BooleanSupplier;

/**
 * A measured mass pull beside its simulation, in seconds.
 *
 * <p>The simulation gets the setting of the measurement and one measured cost: what a host computes for each byte. All
 * hosts of the measurement share this machine's cores, so in the simulation each has its part of them.
 *
 * @param links the rates, as {@code host/upstream/supernode}
 */
public record Validation(
        int hosts, String links, double bound, double measuredMedian, double simulatedMedian, double measuredLast,
                double simulatedLast) {
    private static final double TOLERANCE = 0;
    private static final long DEADLINE_NS = 3_600_000_000_000L;
    private static final long NEAR_NS = 20_000;

    /** Whether both differ by at most {@code within}, as a part of what was measured. */
    public boolean agrees(double within) {
        return Math.abs(median()) <= within && Math.abs(last()) <= within;
    }

    /** By what part of it the simulated median is more than the measured one. */
    public double median() {
        return simulatedMedian / measuredMedian - 1;
    }

    /** The same of the last host. */
    public double last() {
        return simulatedLast / measuredLast - 1;
    }

    /**
     * Simulates what {@code report} measured.
     *
     * @param slots transfers that the supernode runs at once
     * @throws ImpossibleSettingException if the report is not one of a whole flash crowd in namespaces; says why
     */
    public static Validation of(Report report, int slots, BooleanSupplier interrupted) {
        Setting setting = setting(report, slots);
        Report simulated = SimulationReport.of(
                Simulation.run(setting, interrupted, seconds -> { }), "", Instant.now().toString(), 0);
        ImpossibleSettingException.require(simulated.partial().isEmpty(), "the simulation is partial: "
                + simulated.partial());
        return new Validation(
                setting.datacenter().hosts(),
                text(report, HOST_MBIT) + "/" + text(report, UPSTREAM_MBIT) + "/" + text(report, SUPERNODE_MBIT),
                report.boundSeconds(), figure(report, "median host"), figure(simulated, "median host"),
                figure(report, "last host"), figure(simulated, "last host"));
    }

    /** The setting by which to simulate what {@code report} measured. */
    static Setting setting(Report report, int slots) {
        ImpossibleSettingException.require(report.kind().equals(MassPull.KIND), "it is a report of " + report.kind()
                + ", not of " + MassPull.KIND);
        ImpossibleSettingException.require(report.partial().isEmpty(), "it is partial: " + report.partial());
        ImpossibleSettingException.require(
                text(report, SCENE).equals(NamespaceScene.NAME), "it was measured in " + text(report, SCENE)
                        + ", not in namespaces");
        ImpossibleSettingException.require(
                text(report, PATTERN).equals(new Pattern.FlashCrowd().name()), "its pattern is " + text(report, PATTERN)
                        + ", not flash-crowd");
        Datacenter datacenter = new Datacenter(
                number(report, HOSTS), number(report, RACKS), 1, number(report, HOST_MBIT), 0, 0,
                        number(report, SUPERNODE_MBIT), slots,
                number(report, UPSTREAM_MBIT));
        return new Setting(
                datacenter,
                new Image(report.imageBytes(), number(report, LAYERS), Image.usualChunkBytes(), false),
                new Load.MassPull(number(report, PARALLEL), 0, 0),
                Faults.NONE,
                costs(report),
                1,
                TOLERANCE,
                DEADLINE_NS);
    }

    private static Costs costs(Report report) {
        double cpuPerGib = figure(report, "CPU of all processes");
        double share = report.machine().cores() / (double) number(report, HOSTS);
        double bytesPerSecond = share * (1L << 30) / cpuPerGib;
        Costs usual = Costs.MEASURED;
        return new Costs(
                bytesPerSecond, 1, usual.serveNs(), usual.openNs(), usual.overhead(), NEAR_NS, NEAR_NS, NEAR_NS,
                        NEAR_NS);
    }

    private static double figure(Report report, String name) {
        return Figures.of(report).stream().filter(f -> f.name().equals(name)).findFirst()
                .orElseThrow(() -> new ImpossibleSettingException("it has no figure \"" + name + "\"")).value();
    }

    private static String text(Report report, String name) {
        String value = report.setting().get(name);
        ImpossibleSettingException.require(value != null, "its setting has no " + name);
        return value;
    }

    private static int number(Report report, String name) {
        String value = text(report, name);
        ImpossibleSettingException.require(value.matches("[0-9]{1,9}"), "its setting has " + name + " \"" + value
                + "\", which is no number");
        return Integer.parseInt(value);
    }
}
