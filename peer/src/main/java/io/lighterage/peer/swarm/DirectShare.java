package io.lighterage.peer.swarm;

import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * What a node reads from the registry by itself while no supernode helps, and when.
 *
 * <p>Nodes that know each other share the reading, or a crowd that has lost its supernode would ask the registry for the
 * same bytes once for each host: each reads short runs at random places of what no neighbour is known to hold, and pauses
 * between them for so long that of all who know each other about one reads at a time. The rest comes by the swarm. Who is
 * alone reads all in order, and so does who starves although others are said to hold something. What has no entry in the
 * table is read by everybody: what others read of it could not be verified.
 */
public final class DirectShare {
    private static final long FIRST_RUN_NS = 100_000_000;
    private static final long LONGEST_PAUSE_NS = 3_000_000_000L;

    /** Chunks {@code first .. first + count - 1}. */
    public record Run(int first, int count) {}

    private final RandomGenerator random;

    public DirectShare(RandomGenerator random) {
        this.random = random;
    }

    /**
     * The next chunks to read, if there are any.
     *
     * @param starved whether nothing comes although a supernode or other nodes are there
     */
    public Optional<Run> next(Download download, boolean starved) {
        int[] shared = shared(download, starved);
        int next = starved ? download.firstMissing() : download.firstUnheld();
        int first = shared.length == 0 ? next : shared[random.nextInt(shared.length)];
        if (first < 0) {
            return Optional.empty();
        }
        int among = shared.length == 0 ? 1 : download.nodeCount() + 1;
        int run = download.missingRun(first, Math.max(1, Pace.DIRECT_RUN_BYTES / download.chunkLength() / among));
        for (int i = 1; !starved && i < run; i++) {
            run = download.isAtNodes(first + i) ? i : run;
        }
        return Optional.of(new Run(first, run));
    }

    /** What may be left to others for a while: they could pass it on, and nobody's read is blocked. */
    private static int[] shared(Download download, boolean starved) {
        boolean alone = starved || download.nodeCount() == 0 || download.isUrgent();
        return alone ? new int[0] : download.unheld();
    }

    /**
     * How long to wait before the next run, in nanoseconds.
     *
     * @param lastRunNs how long the last one took, 0 before the first
     */
    public long pauseNs(Download download, boolean starved, long lastRunNs) {
        if (shared(download, starved).length == 0) {
            return 0;
        }
        long meanNs = download.nodeCount() * (lastRunNs == 0 ? FIRST_RUN_NS / 2 : lastRunNs);
        return random.nextLong(Math.clamp(2 * meanNs, 1, LONGEST_PAUSE_NS));
    }
}
