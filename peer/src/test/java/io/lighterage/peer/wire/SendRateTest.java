package io.lighterage.peer.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SendRateTest {
    private static final long SECOND = 1_000_000_000;
    private static final int WINDOW = 1 << 20;

    private long flowing = Long.MAX_VALUE;
    private final SendRate rate = new SendRate(() -> flowing);

    @Test
    void nothingIsKnownBeforeAWholeWindow() {
        rate.sent(WINDOW - 1, SECOND);
        assertThat(rate.bytesPerSecond(0)).isZero();

        rate.sent(1, SECOND);
        assertThat(rate.bytesPerSecond(0)).isEqualTo(WINDOW / 2);
    }

    @Test
    void ofWhatWasTakenAndWhatTcpSaysTheLessCounts() {
        rate.sent(WINDOW, SECOND);

        flowing = 1_000;
        assertThat(rate.bytesPerSecond(0)).isEqualTo(1_000);

        rate.sent(WINDOW, 2_000 * SECOND);
        assertThat(rate.bytesPerSecond(1)).isEqualTo(WINDOW / 2_000);
    }

    @Test
    void aLinkThatWasSlowASecondAgoIsSlowStill() {
        rate.sent(WINDOW, 1_000);
        flowing = 1_000;
        assertThat(rate.bytesPerSecond(0)).isEqualTo(1_000);

        flowing = 50_000;
        assertThat(rate.bytesPerSecond(SECOND)).isEqualTo(1_000);
        assertThat(rate.bytesPerSecond(SECOND + 1)).isEqualTo(50_000);
    }
}
