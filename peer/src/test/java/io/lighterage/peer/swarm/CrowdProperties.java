package io.lighterage.peer.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;

/** A small crowd that uses the real decisions in rounds of 50 ms: whatever gets lost, everybody ends complete. */
class CrowdProperties {
    private static final int MOST_ROUNDS = 6_000;

    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void withoutLossesEverybodyEndsCompleteAndTheSupernodeGivesEachChunkOnce(
            @ForAll @IntRange(min = 1, max = 8) int nodes,
            @ForAll @IntRange(min = 2, max = 60) int chunks,
            @ForAll @IntRange(min = 1, max = 8) int chunksARound,
            @ForAll long seed) {
        Crowd crowd = new Crowd(nodes, chunks, chunksARound, 0, seed);

        crowd.run(MOST_ROUNDS);

        assertThat(crowd.unfinished()).isEmpty();
        assertThat(crowd.gifts).allMatch(count -> count <= 1);
        assertThat(crowd.outstanding()).isZero();
    }

    @Property(tries = 60, shrinking = ShrinkingMode.OFF)
    void whateverGetsLostEverybodyEndsComplete(
            @ForAll @IntRange(min = 1, max = 6) int nodes,
            @ForAll @IntRange(min = 1, max = 40) int chunks,
            @ForAll @IntRange(min = 1, max = 30) int percentLost,
            @ForAll long seed) {
        Crowd crowd = new Crowd(nodes, chunks, 4, percentLost, seed);

        crowd.run(MOST_ROUNDS);

        assertThat(crowd.unfinished()).isEmpty();
        assertThat(crowd.outstanding()).isZero();
    }
}
