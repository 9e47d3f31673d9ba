package io.lighterage.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void lettingTheBurstGoItThenSpreadsBytesOverTime() {
        TokenBucket bucket = new TokenBucket(1000, 500, 0);

        assertThat(bucket.reserve(0, 500)).isZero();
        assertThat(bucket.reserve(0, 1000)).isEqualTo(SECOND);
        assertThat(bucket.reserve(0, 1000)).isEqualTo(2 * SECOND);
    }

    @Test
    void aPauseIsWorthOneBurstAndNoMore() {
        TokenBucket bucket = new TokenBucket(1000, 500, 0);

        assertThat(bucket.reserve(100 * SECOND, 500)).isZero();
        assertThat(bucket.reserve(100 * SECOND, 100)).isEqualTo(SECOND / 10);
    }
}
