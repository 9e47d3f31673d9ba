package io.lighterage.peer.exchange;

import io.lighterage.peer.swarm.DownloadScheduler;
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
    /**
     * Of a flash crowd, as measured: eight transfers out at once, for with four a link idles while TCP begins slowly on
     * each of many connections; small chunks.
     */
    public static final SwarmConfig DEFAULT = new SwarmConfig(
            DownloadScheduler.Limits.DEFAULT,
            new Uploads.Limits(8, 24, 0),
            Runtime.getRuntime().availableProcessors(),
            Duration.ofSeconds(2),
            Duration.ofSeconds(3),
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
