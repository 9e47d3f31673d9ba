package io.lighterage.peer.swarm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private static final long SECOND = 1_000_000_000;

    @Test
    void whatIsSentInExcessDelaysWhatComesNext() {
        TokenBucket bucket = new TokenBucket(1_000);
        assertThat(bucket.waitNs(0)).isZero();

        bucket.take(1_050, 0);

        assertThat(bucket.waitNs(0)).isEqualTo(SECOND);
        assertThat(bucket.waitNs(SECOND / 4)).isEqualTo(3 * SECOND / 4);
        assertThat(bucket.waitNs(SECOND)).isZero();
    }

    @Test
    void noMoreThanATwentiethOfASecondIsSavedUp() {
        TokenBucket bucket = new TokenBucket(1_000);
        bucket.take(1, 0);

        bucket.take(50, 100 * SECOND);
        assertThat(bucket.waitNs(100 * SECOND)).isZero();
        bucket.take(100, 100 * SECOND);

        assertThat(bucket.waitNs(100 * SECOND)).isEqualTo(SECOND / 10);
    }

    @Test
    void overTimeTheRateIsKept() {
        TokenBucket bucket = new TokenBucket(1_000_000);
        long nowNs = 7;
        long start = nowNs;
        for (int i = 0; i < 100; i++) {
            nowNs += bucket.waitNs(nowNs);
            bucket.take(100_000, nowNs);
        }
        nowNs += bucket.waitNs(nowNs);

        assertThat(nowNs - start).isEqualTo(10 * SECOND - SECOND / 20);
    }

    @Test
    void aRateOfZeroIsNoLimit() {
        TokenBucket bucket = new TokenBucket(0);
        bucket.take(Long.MAX_VALUE, 0);

        assertThat(bucket.waitNs(0)).isZero();
    }

    @Test
    void aNegativeRateIsRefused() {
        assertThatThrownBy(() -> new TokenBucket(-1)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("-1");
    }
}
