package io.lighterage.peer.swarm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NewsPaceTest {
    private static final long MS = 1_000_000;
    private static final int NEIGHBOURS = 30;

    /** Tells whenever it may, from {@code nowNs} on; answers how often within {@code ns}. */
    private static int tellings(NewsPace pace, long nowNs, long ns) {
        int count = 0;
        for (long at = nowNs; at < nowNs + ns; at += MS) {
            if (pace.waitNs(1, false, NEIGHBOURS, at) == 0) {
                pace.told(at);
                count++;
            }
        }
        return count;
    }

    @Test
    void theFirstNewsWaitForNothingAndThoseOfABeginningPullHardly() {
        NewsPace pace = new NewsPace(0);

        assertThat(pace.waitNs(1, false, NEIGHBOURS, 0)).isZero();
        assertThat(tellings(pace, 0, 100 * MS)).isEqualTo(25);
    }

    @Test
    void laterNewsWaitForMoreUntilThereWasAPause() {
        NewsPace pace = new NewsPace(0);
        tellings(pace, 0, 2000 * MS);

        assertThat(tellings(pace, 2000 * MS, 1000 * MS)).isBetween(6, 8);
        assertThat(tellings(pace, 60_000 * MS, 100 * MS)).isEqualTo(25);
    }

    @Test
    void whatIsFreshWaitsForLessAndManyNewsForNothing() {
        NewsPace pace = new NewsPace(0);
        tellings(pace, 0, 2000 * MS);
        pace.told(2000 * MS);

        long usual = pace.waitNs(1, false, NEIGHBOURS, 2000 * MS);
        assertThat(usual).isEqualTo(160 * MS);
        assertThat(pace.waitNs(1, true, NEIGHBOURS, 2000 * MS)).isLessThan(usual);
        assertThat(pace.waitNs(Pace.ANNOUNCE_AT_ONCE, false, NEIGHBOURS, 2000 * MS)).isZero();
    }

    @Test
    void newsThatNobodyWaitsForGoOutAFewTimesASecond() {
        NewsPace pace = new NewsPace(0);

        assertThat(pace.longestWaitNs(0)).isZero();
        pace.told(0);
        assertThat(pace.longestWaitNs(60 * MS)).isEqualTo(100 * MS);
        assertThat(pace.longestWaitNs(200 * MS)).isZero();
    }
}
