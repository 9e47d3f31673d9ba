package io.lighterage.peer.swarm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ArrivalRateTest {
    private static final long MS = 1_000_000;
    private static final long SECOND = 1_000 * MS;

    private final ArrivalRate rate = new ArrivalRate();

    private void arrive(long fromMs, long endMs, int everyMs, int bytes) {
        for (long ms = fromMs; ms < endMs; ms += everyMs) {
            rate.arrived(bytes, ms * MS);
        }
    }

    @Test
    void nothingIsKnownBeforeTheFirstHalfSecond() {
        arrive(0, 400, 100, 1_000);

        assertThat(rate.bytesWithin(SECOND)).isZero();
    }

    @Test
    void aSteadyRateIsWhatItIs() {
        arrive(0, 2_001, 100, 1_000);

        assertThat(rate.bytesWithin(3 * SECOND)).isCloseTo(30_000, within(1.0));
    }

    @Test
    void aPauseDoesNotMakeTheLinkSlow() {
        arrive(0, 1_001, 100, 1_000);
        arrive(3_000, 3_001, 100, 1_000);

        assertThat(rate.bytesWithin(SECOND)).isBetween(8_000.0, 10_000.0);
    }

    @Test
    void whatWasOnceFastFades() {
        arrive(0, 1_001, 100, 1_000);
        arrive(1_500, 30_001, 100, 10);

        assertThat(rate.bytesWithin(SECOND)).isCloseTo(100, within(1.0));
    }
}
