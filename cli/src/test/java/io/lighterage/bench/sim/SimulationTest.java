package io.lighterage.bench.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class SimulationTest {
    private static final Image SMALL = new Image(16 << 20, 2, 256 << 10, false);
    private static final Load ALL_AT_ONCE = new Load.MassPull(4, 1_000_000, 0);

    private static Datacenter hosts(int hosts, int racks, int zones) {
        return new Datacenter(hosts, racks, zones, 100, 0, 0, 200, 4, 1000);
    }

    private static Setting setting(Datacenter datacenter, Load load, Faults faults, long seed) {
        return new Setting(datacenter, SMALL, load, faults, Costs.MEASURED, seed, 0.01, 600_000_000_000L);
    }

    private static Result run(Setting setting) {
        return Simulation.run(setting, () -> false, seconds -> {});
    }

    @Test
    void theSameSeedTakesTheSameCourse() {
        Setting setting = setting(hosts(12, 3, 1), ALL_AT_ONCE, new Faults(0.1, 0.1, 10, -1), 5);

        Result one = run(setting);
        Result other = run(setting);

        assertThat(other).usingRecursiveComparison().isEqualTo(one);
    }

    @Test
    void everyHostReceivesTheImageAndNothingAppearsFromNowhere() {
        Result result = run(setting(hosts(12, 3, 1), ALL_AT_ONCE, Faults.NONE, 1));

        assertThat(result.partial()).isFalse();
        assertThat(DoubleStream.of(result.done()).boxed()).allMatch(seconds -> seconds > 0);
        double needed = 12.0 * SMALL.bytes();
        double received = result.supernodeBytes() + result.nodesBytes();
        assertThat(received - result.duplicateBytes()).isGreaterThanOrEqualTo(needed - 1).isLessThan(needed * 1.05);
        double inMatrix = Arrays.stream(result.matrix()).flatMapToDouble(DoubleStream::of).sum();
        assertThat(inMatrix).isCloseTo(received, within(1.0));
        assertThat(result.upstreamBytes()).isCloseTo(SMALL.bytes(), within(1.0));
    }

    @Test
    void nobodyIsFasterThanTheBound() {
        Setting setting = setting(hosts(8, 1, 1), ALL_AT_ONCE, Faults.NONE, 1);
        Result result = run(setting);

        double bound = setting.datacenter().boundSeconds(SMALL.bytes());
        for (int i = 0; i < 8; i++) {
            assertThat(result.done()[i] - result.begun()[i]).isGreaterThan(bound);
        }
    }

    @Test
    void aPullGoesOnWhenTheSupernodeIsLost() {
        Result result = run(setting(hosts(8, 2, 1), ALL_AT_ONCE, new Faults(0, 0, 10, 0.7), 1));

        assertThat(result.partial()).isFalse();
        assertThat(DoubleStream.of(result.done()).boxed()).allMatch(seconds -> seconds > 0);
        assertThat(result.upstreamToNodesBytes()).isPositive();
    }

    @Test
    void hostsThatAreKilledDoNotKeepTheOthersFromTheImage() {
        Result result = run(setting(hosts(20, 2, 2), ALL_AT_ONCE, new Faults(0.3, 0, 10, -1), 3));

        assertThat(result.partial()).isFalse();
        assertThat(result.failed()).contains(true);
        for (int i = 0; i < 20; i++) {
            assertThat(result.failed()[i] || result.done()[i] > 0).as("host %d", i).isTrue();
        }
    }

    @Test
    void aSupernodeOnASlowLinkSendsHardlyAnythingTwice() {
        Datacenter slow = new Datacenter(16, 1, 1, 25, 0, 0, 15, 16, 50);
        Image image = new Image(16 << 20, 4, 256 << 10, false);
        Result result = run(new Setting(
                slow, image, ALL_AT_ONCE, Faults.NONE, Costs.MEASURED, 1, 0.01, 600_000_000_000L));

        assertThat(result.supernodeBytes()).isLessThan(1.2 * image.bytes());
    }

    @Test
    void batchesFollowEachOther() {
        Result result = run(setting(hosts(8, 1, 1), new Load.MassPull(2, 0, 4), Faults.NONE, 1));

        double firstDone = Arrays.stream(result.done(), 0, 4).max().orElseThrow();
        double nextBegun = Arrays.stream(result.begun(), 4, 8).min().orElseThrow();
        assertThat(nextBegun).isGreaterThanOrEqualTo(firstDone);
    }

    @Test
    void containersStartWhenWhatTheyReadIsThere() {
        Image image = new Image(16 << 20, 1, 256 << 10, false);
        Trace trace = Trace.made(1 << 20, 1 << 20, image.bytes(), 0, 1);
        Load start = new Load.ColdStart(20, trace, false, false, 1 << 20, 0);
        Result result = run(new Setting(
                hosts(4, 1, 1), image, start, Faults.NONE, Costs.MEASURED, 1, 0.01, 600_000_000_000L));

        assertThat(result.partial()).isFalse();
        assertThat(DoubleStream.of(result.started()).boxed()).hasSize(20).allMatch(seconds -> seconds > 0);
        assertThat(result.supernodeBytes() + result.nodesBytes()).isLessThan(4.0 * image.bytes() * 0.75);
    }

    @Test
    void whatIsInterruptedIsPartial() {
        Result result = Simulation.run(setting(hosts(8, 1, 1), ALL_AT_ONCE, Faults.NONE, 1), () -> true, seconds -> {});

        assertThat(result.partial()).isTrue();
        assertThat(result.why()).isEqualTo("interrupted");
    }

    @Test
    void impossibleSettingsAreNamed() {
        assertThatThrownBy(() -> hosts(4, 5, 1)).isInstanceOf(ImpossibleSettingException.class)
                .hasMessage("racks: 5 is not from 1 to the number of hosts, 4");
        assertThatThrownBy(() -> new Image(1 << 20, 1, 300 << 10, false)).hasMessageContaining("chunk-kib: 300");
    }
}
