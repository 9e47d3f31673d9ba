package io.lighterage.blockdev.snapshotter;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How a node serves snapshots.
 *
 * @param socket path of the Unix socket, at most 107 bytes
 * @param lazyWait how long a pull waits for the device of an image before it goes on as an ordinary pull; more than 0
 */
public record SnapshotterConfig(Path socket, Duration lazyWait) {
    /** Longer than a transfer within the datacenter takes to begin, shorter than anybody minds. */
    public static final Duration LAZY_WAIT = Duration.ofSeconds(5);

    private static final int LONGEST = 107;

    public SnapshotterConfig {
        if (socket.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8).length > LONGEST) {
            throw new IllegalArgumentException(socket + " is longer than the " + LONGEST + " bytes of a socket's path");
        }
        if (!lazyWait.isPositive()) {
            throw new IllegalArgumentException("the wait for a device must be positive: " + lazyWait);
        }
    }
}
