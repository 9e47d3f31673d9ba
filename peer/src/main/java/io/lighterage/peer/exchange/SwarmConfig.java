package io.lighterage.peer.exchange;

import io.lighterage.peer.swarm.DownloadScheduler;
import io.lighterage.peer.swarm.Pace;
import java.time.Duration;

/**
 * How a node takes part in the exchange.
 *
 * @param downloads what is asked for at once
 * @param uploads what is sent at once
 * @param workers threads that verify and store chunks
 * @param supernodeGrace how long a missing supernode is waited for before its nodes go upstream themselves
 * @param stall how long a wanted chunk may stay away before the node insists; after four times that it goes upstream
 * @param choiceBytes how much the supernode may choose to send at once, over all blobs
 */
public record SwarmConfig(
        DownloadScheduler.Limits downloads,
        Uploads.Limits uploads,
        int workers,
        Duration supernodeGrace,
        Duration stall,
        int choiceBytes) {
    /** What {@link Pace} says, a verifying thread for each processor, and small chunks. */
    public static final SwarmConfig DEFAULT = new SwarmConfig(
            DownloadScheduler.Limits.DEFAULT,
            new Uploads.Limits(Pace.UPLOADS, Pace.LONGEST_QUEUE, 0),
            Runtime.getRuntime().availableProcessors(),
            Duration.ofMillis(Pace.GRACE_MILLIS),
            Duration.ofMillis(Pace.STALL_MILLIS),
            4 << 20);

    /** The same with at most {@code bytesPerSecond} sent, 0 for no limit. */
    public SwarmConfig withUploadLimit(long bytesPerSecond) {
        return new SwarmConfig(
                downloads,
                new Uploads.Limits(uploads.slots(), uploads.longestQueue(), bytesPerSecond),
                workers,
                supernodeGrace,
                stall,
                choiceBytes);
    }
}
