package io.lighterage.peer.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RelaysTest {
    /** Nodes are named by their rack and a number. */
    private final Relays<String, String> relays = new Relays<>((one, other) -> Neighbour.Distance.between(
            one.substring(0, 1), "zone", other.substring(0, 1), "zone"));

    @Test
    void whatNobodyWasSentNobodyCanBeAskedFor() {
        assertThat(relays.relay("a1", "blob")).isEmpty();
        relays.sent("a1", "other");
        assertThat(relays.relay("a2", "blob")).isEmpty();
    }

    @Test
    void aCrowdBecomesATreeInWhichEachPassesOnToThree() {
        relays.sent("a0", "blob");
        Map<String, Integer> passedOn = new HashMap<>();
        for (int i = 1; i <= 40; i++) {
            passedOn.merge(relays.relay("a" + i, "blob").orElseThrow(), 1, Integer::sum);
        }
        assertThat(passedOn).containsEntry("a0", 3).containsEntry("a1", 3).containsEntry("a12", 3).containsEntry("a13", 1);
        assertThat(passedOn).hasSize(14);
    }

    @Test
    void whoAsksAgainGotNothingAndIsSentIt() {
        relays.sent("a0", "blob");
        assertThat(relays.relay("a1", "blob")).contains("a0");
        assertThat(relays.relay("a1", "blob")).isEmpty();
        assertThat(relays.relay("a0", "blob")).isEmpty();
    }

    @Test
    void aNearOneIsAskedBeforeTheOthers() {
        relays.sent("a0", "blob");
        relays.sent("b0", "blob");
        assertThat(relays.relay("b1", "blob")).contains("b0");
        assertThat(relays.relay("a1", "blob")).contains("a0");
        assertThat(relays.relay("c0", "blob")).contains("a0");
    }

    @Test
    void whoIsGoneIsNotAskedAndMayComeBack() {
        relays.sent("a0", "blob");
        relays.leave("a0");
        assertThat(relays.relay("a1", "blob")).isEmpty();
        relays.sent("a1", "blob");
        assertThat(relays.relay("a0", "blob")).contains("a1");
        relays.remove("blob");
        assertThat(relays.relay("a2", "blob")).isEmpty();
    }
}
