package io.lighterage.peer.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.swarm.Introductions.Told;
import io.lighterage.peer.swarm.Neighbour.Distance;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class IntroductionsTest {
    private final Introductions<Integer> all = new Introductions<>(new SplittableRandom(1));

    /** Nodes numbered from {@code first} join a rack; each is told of others when it joins. */
    private void join(int first, int count, String zone, String rack) {
        for (int node = first; node < first + count; node++) {
            all.join(node, zone, rack, true);
            all.told(node);
        }
    }

    @Test
    void ofFewNodesAllAreTold() {
        join(0, 4, "", "");

        Told<Integer> told = all.told(3);

        assertThat(told.nodes()).containsExactlyInAnyOrder(0, 1, 2);
    }

    @Test
    void ofManyABoundedNumberOfDifferentNodesIsTold() {
        join(0, 100, "", "");

        assertThat(all.told(99).nodes()).hasSize(Introductions.SIZE).doesNotHaveDuplicates().doesNotContain(99);
    }

    @Test
    void acquaintancesAreSpreadEvenlyHoweverEarlyANodeJoined() {
        Map<Integer, Integer> known = new HashMap<>();
        for (int node = 0; node < 400; node++) {
            all.join(node, "", "", true);
            for (int other : all.told(node).nodes()) {
                known.merge(node, 1, Integer::sum);
                known.merge(other, 1, Integer::sum);
            }
        }

        assertThat(known.values()).allMatch(count -> count >= Introductions.SIZE - 1 && count <= 4 * Introductions.SIZE);
    }

    @Test
    void onlyGatesKnowOtherRacksAndEachChunkIsTheWorkOfOneGate() {
        for (int rack = 0; rack < 5; rack++) {
            join(100 * rack, 100, "zone", "rack" + rack);
        }

        Set<Integer> ordinals = new HashSet<>();
        int gates = 0;
        for (int node = 0; node < 100; node++) {
            Told<Integer> told = all.told(node);
            boolean abroad = told.nodes().stream().anyMatch(other -> other >= 100);
            assertThat(abroad).isEqualTo(told.share().of() > 1);
            if (abroad) {
                gates++;
                ordinals.add(told.share().ordinal());
                assertThat(told.nodes().stream().filter(other -> other >= 100))
                        .allMatch(other -> all.told(other).share().equals(told.share()));
            }
        }
        assertThat(gates).isGreaterThan(1);
        assertThat(ordinals).hasSize(gates);
    }

    @Test
    void ofTheGatesOfAZoneOneBringsAShareInFromOtherZones() {
        for (int rack = 0; rack < 4; rack++) {
            join(100 * rack, 50, "zone" + rack % 2, "rack" + rack);
        }

        long abroad = 0;
        for (int node = 0; node < 250; node++) {
            boolean inZone0 = node < 50 || node >= 200;
            if (inZone0 && all.nodes().contains(node)) {
                abroad += all.told(node).nodes().stream().anyMatch(other -> other / 100 % 2 == 1) ? 1 : 0;
            }
        }
        assertThat(abroad).isEqualTo(all.told(0).share().of());
    }

    @Test
    void anotherNodeTakesTheWorkOfAGateThatIsGone() {
        join(0, 30, "zone", "a");
        join(100, 30, "zone", "b");
        Share share = all.told(2).share();

        List<Integer> anew = all.leave(2);

        assertThat(anew).hasSize(1);
        assertThat(all.told(anew.getFirst()).share()).isEqualTo(share);
        assertThat(all.told(anew.getFirst()).nodes()).anyMatch(node -> node >= 100);
    }

    @Test
    void whereTooFewAreLeftTheGatesHaveLargerShares() {
        join(0, 4, "zone", "a");
        join(100, 4, "zone", "b");
        assertThat(all.told(1).share().of()).isEqualTo(4);

        assertThat(all.leave(0)).containsExactlyInAnyOrder(1, 2, 3);

        List<Share> shares = List.of(all.toldAnew(1).share(), all.toldAnew(2).share(), all.toldAnew(3).share());
        assertThat(shares).containsExactlyInAnyOrder(new Share(0, 2), new Share(1, 2), Share.ALL);
    }

    @Test
    void whoseShareChangesIsToldOfThoseOutsideWhomItNeeds() {
        join(0, 4, "zone", "a");
        join(100, 4, "zone", "b");

        assertThat(all.toldAnew(2).nodes()).hasSize(1).allMatch(node -> node >= 100);
        assertThat(all.toldAnew(999).nodes()).isEmpty();
    }

    @Test
    void whoFindsNothingIsToldOfOtherRacksWhateverItIs() {
        join(0, 100, "zone", "a");
        join(100, 100, "zone", "b");

        Told<Integer> told = all.toldAfar(50);

        assertThat(told.nodes()).anyMatch(node -> node >= 100);
        assertThat(told.share()).isEqualTo(Share.ALL);
    }

    @Test
    void nobodyIsToldOfANodeThatCannotBeReached() {
        all.join(0, "", "", false);
        all.join(1, "", "", true);

        assertThat(all.told(1).nodes()).isEmpty();
        assertThat(all.told(0).nodes()).containsExactly(1);
    }

    @Test
    void emptyNamesMatchNothing() {
        assertThat(Distance.between("r", "z", "r", "z")).isEqualTo(Distance.SAME_RACK);
        assertThat(Distance.between("r", "z", "s", "z")).isEqualTo(Distance.SAME_ZONE);
        assertThat(Distance.between("r", "y", "r", "z")).isEqualTo(Distance.FAR);
        assertThat(Distance.between("", "", "", "")).isEqualTo(Distance.FAR);
    }
}
