package io.lighterage.peer.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SpreadingTest {
    private static final long MS = 1_000_000;

    private final Spreading<String, Integer> spreading = new Spreading<>();

    @Test
    void theFirstGetsAChunkAndTheOthersAreToldOnceToLookElsewhere() {
        assertThat(spreading.mayHave("a", 1, 0)).isTrue();
        assertThat(spreading.mayHave("b", 1, MS)).isFalse();
        assertThat(spreading.mayHave("c", 1, MS)).isFalse();
        assertThat(spreading.mayHave("b", 1, 121 * MS)).as("it did not find it").isTrue();
        assertThat(spreading.mayHave("a", 1, 122 * MS)).as("it lost it").isTrue();
    }

    @Test
    void otherChunksAreNobodysYet() {
        spreading.mayHave("a", 1, 0);
        assertThat(spreading.mayHave("b", 2, 0)).isTrue();
        assertThat(spreading.mayHave("a", 2, 0)).isFalse();
    }

    @Test
    void whatAHostWasSentThatHasLeftTheNextOneGets() {
        spreading.mayHave("a", 1, 0);
        spreading.mayHave("b", 1, MS);
        spreading.leave("a");
        assertThat(spreading.mayHave("c", 1, 2 * MS)).isTrue();
        assertThat(spreading.mayHave("d", 1, 3 * MS)).as("it may get it from c").isFalse();
        assertThat(spreading.mayHave("b", 1, 3 * MS)).as("it was told before").isTrue();
    }

    @Test
    void whatWasSentLongAgoIsSentAgain() {
        spreading.mayHave("a", 1, 0);
        assertThat(spreading.mayHave("b", 1, 5_000 * MS)).isTrue();
    }

    @Test
    void whoAsksForVeryMuchIsForgottenFromItsBegin() {
        for (int chunk = 0; chunk < 20_000; chunk++) {
            spreading.mayHave("a", chunk, chunk);
        }
        assertThat(spreading.mayHave("b", 0, 20_000)).isTrue();
        assertThat(spreading.mayHave("b", 19_999, 20_000)).isFalse();
    }
}
