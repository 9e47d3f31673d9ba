package io.lighterage.peer.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.swarm.Neighbour.Distance;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NeighbourhoodTest {
    private static final List<Integer> HUNDRED = IntStream.range(0, 100).boxed().toList();

    @Test
    void ofFewNodesAllAreProposed() {
        assertThat(Neighbourhood.choose(List.of(1, 2, 3), n -> Distance.FAR, 15, new SplittableRandom(1)))
                .containsExactlyInAnyOrder(1, 2, 3);
    }

    @Test
    void ofManyABoundedNumberOfDifferentNodesIsProposed() {
        List<Integer> chosen = Neighbourhood.choose(HUNDRED, n -> Distance.FAR, 15, new SplittableRandom(1));

        assertThat(chosen).hasSize(15).doesNotHaveDuplicates();
        assertThat(Neighbourhood.choose(HUNDRED, n -> Distance.FAR, 15, new SplittableRandom(2))).isNotEqualTo(chosen);
    }

    @Test
    void mostAreNearAndSomeFromAfar() {
        List<Integer> chosen = Neighbourhood.choose(
                HUNDRED, n -> n < 20 ? Distance.SAME_RACK : Distance.FAR, 15, new SplittableRandom(1));

        assertThat(chosen.subList(0, 10)).allMatch(n -> n < 20);
        assertThat(chosen).anyMatch(n -> n >= 20);
    }

    @Test
    void whereNobodyIsNearThoseOfTheZoneComeBeforeOthers() {
        List<Integer> chosen = Neighbourhood.choose(
                HUNDRED, n -> n < 6 ? Distance.SAME_ZONE : Distance.FAR, 15, new SplittableRandom(1));

        assertThat(chosen.subList(0, 6)).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5);
    }

    @Test
    void emptyNamesMatchNothing() {
        assertThat(Distance.between("r", "z", "r", "z")).isEqualTo(Distance.SAME_RACK);
        assertThat(Distance.between("r", "z", "s", "z")).isEqualTo(Distance.SAME_ZONE);
        assertThat(Distance.between("r", "y", "r", "z")).isEqualTo(Distance.FAR);
        assertThat(Distance.between("", "", "", "")).isEqualTo(Distance.FAR);
    }
}
