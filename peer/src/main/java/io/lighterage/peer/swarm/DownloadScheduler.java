package io.lighterage.peer.swarm;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Priority;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Chooses which chunk a node asks for next, and of whom.
 *
 * <p><b>Chunk.</b> A blocked read gets its chunks in order. Everything else is chosen within a window behind the first
 * missing chunk: few copies first, early ones first. That is nearly in order, so an engine can be streamed to, and
 * nearly rarest first, so that hosts that run side by side hold different chunks to exchange.
 *
 * <p><b>Source.</b> Nearest first, then the one with the least outstanding. At most {@code sources} nodes are kept busy at
 * once, or four fifths of those that hold something. Where more than that hold something, one chunk is outstanding with each, so that links are shared evenly; what is
 * outstanding with each grows as there are fewer of them, so that one alone is used to the full. The supernode is asked for a certain chunk only
 * where no node can help, or by a blocked read.
 *
 * <p><b>Twice.</b> A blocked read's chunk is asked of a second holder after the 95th percentile of recent answers; so
 * are the last chunks of a blob. A request that is far too late is asked elsewhere and its holder left alone for a while.
 */
public final class DownloadScheduler {
    /**
     * @param outstandingBytes how much may be asked for and not yet answered, unless each source's one chunk is more
     * @param sources how many nodes are asked at once where not many more hold something
     * @param window how many missing chunks are looked at beyond the first
     */
    public record Limits(int outstandingBytes, int sources, int window) {
        /** 8 MiB outstanding at 16 nodes; a look-ahead of 40 MiB, for a supernode reads four segments of 8 MiB at once. */
        public static final Limits DEFAULT = new Limits(8 << 20, 16, 160);
    }

    /** A request to be made; it counts as outstanding already. */
    public record Ask(Download download, int index, Neighbour neighbour, Priority priority) {}

    private static final int MOST_OUTSTANDING_BYTES = 64 << 20;
    private static final int LEAST_DEPTH = 2;
    private static final int MOST_DEPTH = 32;
    private static final int SUPERNODE_DEPTH = 8;
    private static final int LAST_CHUNKS = 16;
    private static final long SPREAD_NS = 1_000_000_000;
    private static final long CROWD_SPREAD_NS = 5_000_000_000L;
    private static final long LEAST_HEDGE_NS = 5_000_000;
    private static final long FIRST_HEDGE_NS = 250_000_000;
    private static final long LEAST_LATE_NS = 2_000_000_000;

    private final Limits limits;
    private final RandomGenerator random;
    private final LatencyWindow latencies = new LatencyWindow();

    public DownloadScheduler(Limits limits, RandomGenerator random) {
        this.limits = limits;
        this.random = random;
    }

    /** An answer took so long. */
    public void answered(long latencyNs) {
        latencies.add(latencyNs);
    }

    /** The next request to make, if there is one; call again until there is none. */
    public Optional<Ask> next(Collection<Download> downloads, Collection<Neighbour> neighbours, long nowNs) {
        int outstanding = 0;
        int active = 0;
        for (Neighbour neighbour : neighbours) {
            if (!neighbour.isSupernode()) {
                outstanding += neighbour.outstanding();
                active += neighbour.outstanding() > 0 ? 1 : 0;
            }
        }
        for (Priority priority : Priority.values()) {
            for (Download download : downloads) {
                int most = most(download);
                Load load = new Load(active, outstanding, most, nowNs);
                for (Download.Demand demand : download.demands()) {
                    if (download.priorityOf(demand) == priority) {
                        Optional<Ask> ask = priority == Priority.ON_DEMAND
                                ? inOrder(download, demand, load)
                                : nearlyInOrder(download, demand, load);
                        if (ask.isPresent()) {
                            Ask a = ask.get();
                            download.asked(a.neighbour, a.index, priority, nowNs);
                            return ask;
                        }
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** Whether nothing more can be asked for now, whatever any neighbour may come to hold; never while a read is blocked. */
    public boolean isFull(Collection<Download> downloads, Collection<Neighbour> neighbours) {
        int outstanding = 0;
        int active = 0;
        int least = Integer.MAX_VALUE;
        for (Neighbour neighbour : neighbours) {
            if (!neighbour.isSupernode() && neighbour.outstanding() > 0) {
                outstanding += neighbour.outstanding();
                active++;
                least = Math.min(least, neighbour.outstanding());
            }
        }
        for (Download download : downloads) {
            int most = most(download);
            boolean busy = outstanding >= most
                    || active >= sources(download.nodeCount()) && least >= depth(download.nodeCount(), most);
            if (!busy || download.isUrgent()) {
                return false;
            }
        }
        return true;
    }

    private int most(Download download) {
        int chunk = download.chunkLength();
        int each = Math.min(MOST_OUTSTANDING_BYTES / chunk, sources(download.nodeCount()));
        return Math.max(LEAST_DEPTH * 2, Math.max(each, limits.outstandingBytes / chunk));
    }

    /**
     * How many nodes are asked at once where {@code nodes} hold something. In a crowd it is most of them: each node's queue
     * then has about the same length, where among fewer chance leaves some without any work.
     */
    private int sources(int nodes) {
        return Math.max(limits.sources, nodes * 4 / 5);
    }

    /** How busy this host keeps its sources. */
    private record Load(int active, int outstanding, int most, long nowNs) {}

    private Optional<Ask> inOrder(Download download, Download.Demand demand, Load load) {
        int index = download.nextMissing(demand, 0);
        List<Neighbour> free = index < 0 ? List.of() : free(download, load, true);
        for (int seen = 0; index >= 0 && seen < limits.window; seen++) {
            if (download.isAskable(index)) {
                Neighbour best = best(download, index, free);
                if (best == null) {
                    best = supernode(download, index, load);
                }
                if (best != null) {
                    return Optional.of(new Ask(download, index, best, Priority.ON_DEMAND));
                }
            }
            index = download.nextMissing(demand, index + 1);
        }
        return Optional.empty();
    }

    private Optional<Ask> nearlyInOrder(Download download, Download.Demand demand, Load load) {
        if (load.outstanding >= load.most) {
            return Optional.empty();
        }
        int first = download.nextMissing(demand, 0);
        if (first < 0) {
            return Optional.empty();
        }
        List<Neighbour> free = free(download, load, false);
        if (!free.isEmpty()) {
            int index = fewCopiesEarly(download, demand, first, free, load.nowNs - CROWD_SPREAD_NS);
            if (index >= 0) {
                return Optional.of(new Ask(download, index, best(download, index, free), download.priorityOf(demand)));
            }
        }
        return lastResort(download, demand, first, load);
    }

    /** The chunk in the window that is worth asking for most and that one of {@code free} holds, or -1. */
    private int fewCopiesEarly(
            Download download, Download.Demand demand, int first, List<Neighbour> free, long settledNs) {
        ChunkSet offered = download.missingAt(free, settledNs);
        if (offered.isEmpty()) {
            return -1;
        }
        int end = download.endOf(demand, first, limits.window);
        int best = -1;
        long bestScore = Long.MAX_VALUE;
        for (int index = offered.nextPresent(first); index >= 0 && index < end; index = offered.nextPresent(index + 1)) {
            if (download.isAskable(index)) {
                long score = ((long) download.copies(index) + (index - first) / 8 << 8) + random.nextInt(256);
                if (score < bestScore) {
                    best = index;
                    bestScore = score;
                }
            }
        }
        return best;
    }

    /** The nodes that hold something of the blob and may be asked for one more chunk now. */
    private List<Neighbour> free(Download download, Load load, boolean urgent) {
        int nodes = download.nodeCount();
        int depth = urgent ? MOST_DEPTH : depth(nodes, load.most);
        List<Neighbour> free = new ArrayList<>(sources(nodes));
        for (Neighbour neighbour : download.neighbours()) {
            if (!neighbour.isSupernode()
                    && neighbour.outstanding() < depth
                    && !neighbour.isBlocked(load.nowNs)
                    && (urgent || neighbour.outstanding() > 0 || load.active < sources(nodes))) {
                free.add(neighbour);
            }
        }
        return free;
    }

    /** How much may be outstanding with one node: little where there are many, all that is allowed where there is one. */
    private int depth(int nodes, int most) {
        return nodes > sources(nodes) ? 1 : Math.clamp(most / Math.max(1, nodes), LEAST_DEPTH, MOST_DEPTH);
    }

    private Neighbour best(Download download, int index, List<Neighbour> among) {
        Neighbour best = null;
        for (Neighbour neighbour : among) {
            if (download.isHeldBy(neighbour, index) && (best == null || isBetter(neighbour, best))) {
                best = neighbour;
            }
        }
        return best;
    }

    /**
     * Where no node can help, the supernode may: it says that it is busy if it has better to do. A chunk that has only
     * just come to the datacenter is on its way to some node, and will come from there.
     */
    private Optional<Ask> lastResort(Download download, Download.Demand demand, int first, Load load) {
        if (load.active >= limits.sources) {
            return Optional.empty();
        }
        // In a crowd every byte that the supernode sends a second time is missing for one that nobody has yet.
        int nodes = download.nodeCount();
        long spreadNs = nodes >= Math.min(3, limits.sources) ? CROWD_SPREAD_NS : SPREAD_NS;
        long settledNs = nodes > 0 ? load.nowNs - spreadNs : Long.MAX_VALUE;
        Neighbour supernode = freeSupernode(download, load);
        int index = supernode == null ? -1 : first;
        for (int seen = 0; index >= 0 && seen < limits.window; seen++) {
            if (download.isAskable(index)
                    && download.askableSinceNs(index) < settledNs
                    && download.isHeldBy(supernode, index)) {
                return Optional.of(new Ask(download, index, supernode, download.priorityOf(demand)));
            }
            index = download.nextMissing(demand, index + 1);
        }
        return Optional.empty();
    }

    private boolean isBetter(Neighbour one, Neighbour other) {
        int byDistance = one.distance().compareTo(other.distance());
        if (byDistance != 0) {
            return byDistance < 0;
        }
        if (one.outstanding() != other.outstanding()) {
            return one.outstanding() < other.outstanding();
        }
        return random.nextBoolean();
    }

    private static Neighbour supernode(Download download, int index, Load load) {
        Neighbour supernode = freeSupernode(download, load);
        return supernode != null && download.isHeldBy(supernode, index) ? supernode : null;
    }

    private static Neighbour freeSupernode(Download download, Load load) {
        for (Neighbour neighbour : download.neighbours()) {
            if (neighbour.isSupernode()
                    && neighbour.outstanding() < SUPERNODE_DEPTH
                    && !neighbour.isBlocked(load.nowNs)) {
                return neighbour;
            }
        }
        return null;
    }

    /** Requests to make a second time, elsewhere, because their answers are late; to be asked for every few milliseconds. */
    public List<Ask> late(Download download, long nowNs) {
        long hedgeNs = Math.max(LEAST_HEDGE_NS, latencies.percentileNs(95, FIRST_HEDGE_NS));
        long lateNs = Math.max(LEAST_LATE_NS, 8 * hedgeNs);
        boolean last = download.missingCount() == 0 && download.pending().size() <= LAST_CHUNKS;
        List<Ask> asks = new ArrayList<>();
        for (Map.Entry<Integer, Download.Pending> entry : download.pending().entrySet()) {
            Download.Pending asked = entry.getValue();
            long age = nowNs - asked.lastAskedNs;
            // A read may have come to be blocked on what was asked for without haste.
            Priority priority = download.isUrgent(entry.getKey()) ? Priority.ON_DEMAND : asked.priority;
            boolean hedge = (last || priority == Priority.ON_DEMAND) && asked.askedOf.size() == 1 && age > hedgeNs;
            boolean late = age > lateNs;
            if (asked.received || !hedge && !late) {
                continue;
            }
            if (late) {
                asked.askedOf.forEach(neighbour -> neighbour.block(nowNs + lateNs));
            }
            Neighbour other = another(download, entry.getKey(), asked, nowNs);
            if (other != null) {
                asks.add(new Ask(download, entry.getKey(), other, priority));
            }
        }
        asks.forEach(ask -> download.asked(ask.neighbour, ask.index, ask.priority, nowNs));
        return asks;
    }

    /**
     * The request to make when a wanted chunk has not come for far too long: the first missing one, of the supernode, as
     * if a read were blocked on it, whether or not the supernode said that it is busy.
     */
    public Optional<Ask> stalled(Download download, long nowNs) {
        int index = download.firstMissing();
        if (index < 0 || !download.isAskable(index)) {
            return Optional.empty();
        }
        for (Neighbour neighbour : download.neighbours()) {
            if (neighbour.isSupernode() && neighbour.outstanding() < MOST_DEPTH && download.isHeldBy(neighbour, index)) {
                download.asked(neighbour, index, Priority.ON_DEMAND, nowNs);
                return Optional.of(new Ask(download, index, neighbour, Priority.ON_DEMAND));
            }
        }
        return Optional.empty();
    }

    private Neighbour another(Download download, int index, Download.Pending asked, long nowNs) {
        Neighbour best = null;
        for (Neighbour neighbour : download.neighbours()) {
            boolean free = !asked.askedOf.contains(neighbour)
                    && !neighbour.isBlocked(nowNs)
                    && neighbour.outstanding() < MOST_DEPTH
                    && download.isHeldBy(neighbour, index);
            boolean better = best == null
                    || best.isSupernode() && !neighbour.isSupernode()
                    || best.isSupernode() == neighbour.isSupernode() && isBetter(neighbour, best);
            if (free && better) {
                best = neighbour;
            }
        }
        return best;
    }
}
