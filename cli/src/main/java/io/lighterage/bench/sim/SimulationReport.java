package io.lighterage.bench.sim;

import io.lighterage.bench.report.Machine;
import io.lighterage.bench.report.Report;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;

/** The report of a simulation. */
public final class SimulationReport {
    private SimulationReport() {}

    /**
     * What {@code result} says, as a report.
     *
     * @param startedAt ISO 8601
     * @param wallSeconds how long the simulation took
     */
    public static Report of(Result result, String command, String startedAt, double wallSeconds) {
        Setting setting = result.setting();
        Datacenter datacenter = setting.datacenter();
        return new Report(
                Report.FORMAT,
                "simulate",
                title(setting),
                command,
                startedAt,
                wallSeconds,
                result.why(),
                Machine.here(),
                settings(result),
                setting.image().bytes(),
                datacenter.boundSeconds(setting.image().bytes()),
                hosts(result),
                DoubleStream.of(result.started()).boxed().toList(),
                new Report.Egress(
                        result.upstreamBytes(), result.supernodeBytes(), result.nodesBytes(), result.controlBytes(),
                        result.duplicateBytes()),
                racks(result),
                List.of(),
                Report.Samples.NONE,
                List.of());
    }

    private static String title(Setting setting) {
        String what = switch (setting.load()) {
            case Load.MassPull pull -> "A mass pull of " + (setting.image().bytes() >> 20) + " MiB";
            case Load.ColdStart start -> start.containers() + " containers started";
        };
        return what + " on " + setting.datacenter().hosts() + " hosts, simulated";
    }

    private static List<Report.Host> hosts(Result result) {
        Datacenter datacenter = result.setting().datacenter();
        List<Report.Host> hosts = new ArrayList<>();
        for (int i = 0; i < datacenter.hosts(); i++) {
            hosts.add(new Report.Host(
                    "host" + i, "rack" + datacenter.rackOf(i), "zone" + datacenter.zoneOf(i),
                    result.begun()[i], result.first()[i], result.done()[i], result.failed()[i]));
        }
        return hosts;
    }

    private static Report.Racks racks(Result result) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < result.setting().datacenter().racks(); i++) {
            names.add("rack" + i);
        }
        names.add("supernode");
        return new Report.Racks(
                names, Arrays.stream(result.matrix()).map(row -> DoubleStream.of(row).boxed().toList()).toList());
    }

    private static Map<String, String> settings(Result result) {
        Setting setting = result.setting();
        Map<String, String> all = new LinkedHashMap<>();
        put(all, setting.datacenter());
        put(all, setting.image());
        put(all, setting.faults());
        put(all, setting.costs());
        all.put("seed", Long.toString(setting.seed()));
        all.put("tolerance", Double.toString(setting.tolerance()));
        switch (setting.load()) {
            case Load.MassPull pull -> put(all, pull);
            case Load.ColdStart start -> {
                all.put("containers", Integer.toString(start.containers()));
                all.put("background", Boolean.toString(start.background()));
                all.put("ahead", Boolean.toString(start.ahead()));
                all.put("metadataBytes", Long.toString(start.metadataBytes()));
                all.put("trace", start.trace().reads().size() + " reads, " + start.trace().bytes() + " bytes");
            }
        }
        all.put("simulated seconds", Double.toString(result.simulatedSeconds()));
        all.put("simulated events", Long.toString(result.events()));
        all.put("chunks sent", Long.toString(result.chunks()));
        all.put("hedges", Long.toString(result.hedges()));
        all.put("answered busy", Long.toString(result.busy()));
        all.put("answered later", Long.toString(result.later()));
        return all;
    }

    /** The components of a record, by their names. */
    private static void put(Map<String, String> all, Record values) {
        for (var component : values.getClass().getRecordComponents()) {
            try {
                all.put(component.getName(), String.valueOf(component.getAccessor().invoke(values)));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("cannot read " + component + " of " + values, e);
            }
        }
    }
}
