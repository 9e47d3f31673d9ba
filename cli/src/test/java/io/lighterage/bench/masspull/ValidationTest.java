package io.lighterage.bench.masspull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.bench.report.Machine;
import io.lighterage.bench.report.Report;
import io.lighterage.bench.sim.ImpossibleSettingException;
import io.lighterage.bench.sim.Load;
import io.lighterage.bench.sim.Setting;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ValidationTest {
    private static final long IMAGE = 8 << 20;
    private static final int SLOTS = 16;

    private static Map<String, String> setting() {
        return new HashMap<>(Map.of(
                "hosts", "4", "racks", "1", "hostMbit", "50", "upstreamMbit", "100", "supernodeMbit", "40", "layers",
                        "2", "parallel", "3",
                "pattern", "flash-crowd", "scene", "namespaces"));
    }

    /** All hosts done after {@code seconds}; two cores' worth of CPU, one second for each GiB of each host. */
    private static Report report(double seconds, Map<String, String> setting, String kind, String partial) {
        List<Report.Host> hosts = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            hosts.add(new Report.Host("host" + i, "rack0", "zone0", 0, 0.1, seconds, false));
        }
        double cpuSeconds = 4 * IMAGE / (double) (1 << 30);
        return new Report(
                Report.FORMAT, kind, "t", "c", "2026-01-01T00:00:00Z", 1, partial, new Machine("cpu", 2, 1, "s", "j"),
                        setting, IMAGE, 1.7,
                hosts, List.of(), new Report.Egress(IMAGE, IMAGE, 3 * IMAGE, 0, 0),
                        new Report.Racks(List.of(), List.of()),
                List.of(new Report.Process("node", cpuSeconds, 1)), Report.Samples.NONE, List.of());
    }

    @Test
    void whatWasMeasuredIsSimulatedWithItsSettingAndItsCpuCost() {
        Setting simulated = Validation.setting(report(2, setting(), "mass-pull", ""), SLOTS);

        assertThat(simulated.datacenter().hosts()).isEqualTo(4);
        assertThat(simulated.datacenter().hostMbit()).isEqualTo(50);
        assertThat(simulated.datacenter().supernodeMbit()).isEqualTo(40);
        assertThat(simulated.image().bytes()).isEqualTo(IMAGE);
        assertThat(simulated.load()).isEqualTo(new Load.MassPull(3, 0, 0));
        // One CPU second a GiB, and half a core for each of four hosts.
        assertThat(simulated.costs().hashBytesPerSecond()).isEqualTo((1 << 30) / 2.0);
    }

    @Test
    void simulationAndMeasurementAgreeOnlyIfBothMedianAndLastDo() {
        double simulated = Validation.of(report(2, setting(), "mass-pull", ""), SLOTS, () -> false).simulatedLast();

        assertThat(simulated).isBetween(1.7, 3.4);
        assertThat(Validation.of(report(simulated * 1.02, setting(), "mass-pull", ""), SLOTS, () -> false).agrees(0.15))
                .isTrue();
        assertThat(Validation.of(report(simulated * 1.5, setting(), "mass-pull", ""), SLOTS, () -> false).agrees(0.15))
                .isFalse();
        assertThat(new Validation(1, "", 1, 1, 1, 1, 1.2).agrees(0.15)).isFalse();
        assertThat(new Validation(1, "", 1, 1, 0.8, 1, 1).agrees(0.15)).isFalse();
    }

    @Test
    void reportsThatCannotBeComparedAreRefusedWithTheReason() {
        refused(report(2, setting(), "simulate", ""), "report of simulate");
        refused(report(2, setting(), "mass-pull", "interrupted"), "partial: interrupted");
        refused(report(2, with("scene", "one process"), "mass-pull", ""), "one process");
        refused(report(2, with("pattern", "dead-host"), "mass-pull", ""), "dead-host");
        refused(report(2, with("hosts", "many"), "mass-pull", ""), "hosts \"many\"");
        refused(report(-1, setting(), "mass-pull", ""), "no figure");
        Map<String, String> less = setting();
        less.remove("hostMbit");
        refused(report(2, less, "mass-pull", ""), "no hostMbit");
    }

    private static Map<String, String> with(String name, String value) {
        Map<String, String> setting = setting();
        setting.put(name, value);
        return setting;
    }

    private static void refused(Report report, String why) {
        assertThatThrownBy(() -> Validation.of(report, SLOTS, () -> false))
                .isInstanceOf(ImpossibleSettingException.class)
                .hasMessageContaining(why);
    }
}
