package io.lighterage.blockdev.device;

import java.time.Duration;

/**
 * How a device reads.
 *
 * @param readDeadline how long a read may wait before it ends with an error, more than 0
 * @param mostReadAhead how many bytes a stream of sequential reads may be read ahead; 0 reads nothing ahead
 */
public record DeviceConfig(Duration readDeadline, int mostReadAhead) {
    /** 30 seconds, 8 MiB. */
    public static final DeviceConfig DEFAULT = new DeviceConfig(Duration.ofSeconds(30), 8 << 20);

    public DeviceConfig {
        if (readDeadline.isNegative() || readDeadline.isZero()) {
            throw new IllegalArgumentException("a read cannot end within " + readDeadline);
        }
        if (mostReadAhead < 0) {
            throw new IllegalArgumentException("a device cannot read " + mostReadAhead + " bytes ahead");
        }
    }
}
