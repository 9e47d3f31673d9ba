package io.lighterage.peer.exchange;

import static io.lighterage.peer.exchange.PartialArrivals.ENOUGH_BYTES;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PartialArrivalsTest {
    private final PartialArrivals arrivals = new PartialArrivals();

    @Test
    void asMuchAsAChunkIsProgressHoweverSlowlyItComes() {
        int told = 0;
        for (long received = 0; received <= 4 * ENOUGH_BYTES; received += ENOUGH_BYTES / 8) {
            told += arrivals.isComing(received) ? 1 : 0;
        }
        assertThat(told).isEqualTo(4);
    }

    @Test
    void littleIsNoProgress() {
        assertThat(arrivals.isComing(ENOUGH_BYTES)).isTrue();
        assertThat(arrivals.isComing(ENOUGH_BYTES)).isFalse();
        assertThat(arrivals.isComing(2 * ENOUGH_BYTES - 1)).isFalse();
    }

    @Test
    void aConnectionThatIsGoneTakesItsCountWithIt() {
        assertThat(arrivals.isComing(10 * ENOUGH_BYTES)).isTrue();
        assertThat(arrivals.isComing(3 * ENOUGH_BYTES)).isFalse();
        assertThat(arrivals.isComing(4 * ENOUGH_BYTES)).isTrue();
    }
}
