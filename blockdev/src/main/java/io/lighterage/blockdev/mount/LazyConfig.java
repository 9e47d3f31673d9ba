package io.lighterage.blockdev.mount;

import java.time.Duration;

/**
 * How a node opens images lazily.
 *
 * @param pullDelay how long after a mount the rest of the image begins to be pulled; 0 or more
 * @param pullRate bytes a second that background pulls of one image take at most, 0 for no limit
 * @param readDeadline after how long a read of missing bytes ends with an error; more than 0
 * @param conversionDeadline how long a mount waits for the supernode to make the device; more than 0
 * @param metadataDeadline how long a mount waits for the metadata; more than 0
 * @param traces whether what starts read is recorded, told to the supernode, and fetched ahead of the next start
 */
public record LazyConfig(
        Duration pullDelay,
        long pullRate,
        Duration readDeadline,
        Duration conversionDeadline,
        Duration metadataDeadline,
        boolean traces) {
    /** A pull after a second, without a limit; reads end after 30 seconds; traces. */
    public static final LazyConfig DEFAULT = new LazyConfig(
            Duration.ofSeconds(1), 0, Duration.ofSeconds(30), Duration.ofMinutes(30), Duration.ofMinutes(5), true);

    public LazyConfig {
        if (pullDelay.isNegative() || pullRate < 0) {
            throw new IllegalArgumentException(
                    "neither delay nor rate of a pull can be negative: " + pullDelay + ", " + pullRate);
        }
        if (!readDeadline.isPositive() || !conversionDeadline.isPositive() || !metadataDeadline.isPositive()) {
            throw new IllegalArgumentException("deadlines must be positive: " + readDeadline + ", " + conversionDeadline
                    + ", " + metadataDeadline);
        }
    }

    /** The same with another delay and rate of the background pull. */
    public LazyConfig withPull(Duration delay, long bytesPerSecond) {
        return new LazyConfig(delay, bytesPerSecond, readDeadline, conversionDeadline, metadataDeadline, traces);
    }

    /** The same with another deadline of reads. */
    public LazyConfig withReadDeadline(Duration deadline) {
        return new LazyConfig(pullDelay, pullRate, deadline, conversionDeadline, metadataDeadline, traces);
    }

    /** The same with or without traces. */
    public LazyConfig withTraces(boolean wanted) {
        return new LazyConfig(pullDelay, pullRate, readDeadline, conversionDeadline, metadataDeadline, wanted);
    }

    /** The same with another deadline of mounts. */
    LazyConfig withPatience(Duration patience) {
        return new LazyConfig(pullDelay, pullRate, readDeadline, patience, patience, traces);
    }
}
