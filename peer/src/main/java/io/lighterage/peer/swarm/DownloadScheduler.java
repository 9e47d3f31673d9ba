package io.lighterage.peer.swarm;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Priority;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Chooses which chunk a node asks for next, and of whom.
 *
 * <p><b>Chunk.</b> A blocked read gets its chunks in order. Everything else is chosen within a window behind the first
 * missing chunk: few copies first, early ones first; the more nodes hold something, the more a copy counts. That is nearly
 * in order, so an engine can be streamed to, and nearly rarest first, so that hosts that run side by side hold different
 * chunks to exchange. The more nodes there are the more chance has a say, differently on each of them: hosts that decide
 * alike hold the same chunks. The window is wide: what a crowd passes on takes seconds to reach all, and whoever may not
 * ask for anything behind it waits that long. Before all that goes what comes into this host's rack for the first time, or
 * is to leave it for the first time, if that is this host's {@link Share}. And before that a chunk, of whichever blob, for
 * which whoever reads in order has waited for ten seconds: on a slow link the window, and the blobs asked for before, take
 * minutes.
 *
 * <p><b>Source.</b> Nearest first, then the one with the least outstanding. In a crowd those that were slow to send what
 * they were last asked for are left out as long as others have something: who knows more nodes is asked by more, and a link
 * that few ask would idle otherwise. At most {@code sources} nodes are kept busy at once, or four fifths of those that hold
 * something up to a quarter more. In a crowd all have the same number of chunks outstanding, whether they know many or few,
 * so that links are shared evenly; what is outstanding with each grows as there are fewer of them, so that one alone is used
 * to the full; and with hosts outside of the rack it is more, for all that is to come in may have to come from one of them.
 * The supernode is asked for a certain chunk only where no node can help, or by a blocked read.
 *
 * <p><b>Twice.</b> A blocked read's chunk is asked of a second holder after the 95th percentile of recent answers; so
 * are the last chunks of a blob. A read waits for others that were asked for before and still come: it is this host's link
 * that all of them wait for. A request that is far too late is asked elsewhere and its holder left alone for a while.
 */
public final class DownloadScheduler {
    /**
     * @param outstandingBytes how much may be asked for and not yet answered, unless each source's one chunk is more; on a
     *     slow link it is what comes within 1.5 s, but 1 MiB at least
     * @param sources how many nodes are asked at once where not many more hold something
     * @param window how many missing chunks are looked at beyond the first
     */
    public record Limits(int outstandingBytes, int sources, int window) {
        /** 8 MiB outstanding at 16 nodes; a look-ahead of 256 MiB, which a crowd of thousands takes seconds to exchange. */
        public static final Limits DEFAULT = new Limits(8 << 20, 16, 1024);
    }

    /**
     * A request to be made; it counts as outstanding already.
     *
     * @param has how many chunks this node has, by which the one asked may see who lags; 0 where what comes is the first
     *     in this node's rack, or to be passed on to other racks, for which all others there wait
     */
    public record Ask(Download download, int index, Neighbour neighbour, Priority priority, int has) {
        Ask(Download download, int index, Neighbour neighbour, Priority priority) {
            this(
                    download, index, neighbour, priority,
                    neighbour.isOutside() || download.isToBringOut(index) ? 0 : download.present().count());
        }
    }

    private static final Priority[] PRIORITIES = Priority.values();
    private static final int SUPERNODE_DEPTH = 8;

    /** So many missing chunks are looked at for one that only the supernode may help with; in a crowd there are few. */
    private static final int LAST_RESORT_WINDOW = 160;

    private static final int CROWD_LAST_RESORT_WINDOW = 16;

    /** So many chunks earlier count as much as one copy fewer, or as many as there are nodes. */
    private static final int EARLIER = 8;

    /** More than any other reason to ask for a chunk: that it comes into the rack, or can leave it, for the first time. */
    private static final int FIRST = 1 << 20;

    private static final long STANDSTILL_NS = 10_000_000_000L;
    private static final long SPREAD_NS = 1_000_000_000;
    private static final long CROWD_SPREAD_NS = 5_000_000_000L;

    private final Limits limits;
    private final Neighbourhood neighbourhood;
    private final RandomGenerator random;

    /** By which this node's liking of chunks differs from that of others. */
    private final int tastes;

    private final FreeNodes free;
    private final LateAnswers lateAnswers;

    /** @param neighbourhood the hosts that the node is connected to */
    public DownloadScheduler(Limits limits, Neighbourhood neighbourhood, RandomGenerator random) {
        this.limits = limits;
        this.neighbourhood = neighbourhood;
        this.random = random;
        this.tastes = random.nextInt();
        this.free = new FreeNodes(limits, neighbourhood, random);
        this.lateAnswers = new LateAnswers(neighbourhood, free);
    }

    /** An answer took so long. */
    public void answered(long latencyNs) {
        lateAnswers.answered(latencyNs);
    }

    /** A chunk of so many bytes has come. */
    public void received(int bytes, long nowNs) {
        free.received(bytes, nowNs);
    }

    /** Whether answers take so long that it is enough to look for {@link #late} ones now and then: at {@link Pace#CALM_NS}. */
    public boolean isSlow() {
        return lateAnswers.isSlow();
    }

    /** Requests to make a second time, elsewhere, because their answers are late; to be asked for every few milliseconds. */
    public List<Ask> late(Download download, long nowNs) {
        return lateAnswers.late(download, nowNs);
    }

    /** The next request to make, if there is one; call again until there is none. */
    public Optional<Ask> next(Collection<Download> downloads, long nowNs) {
        for (Priority priority : PRIORITIES) {
            Ask ask = priority == Priority.ON_DEMAND
                    ? first(downloads, download -> inOrder(download, nowNs))
                    : first(downloads, download -> standingStill(download, priority, nowNs));
            if (ask == null && priority != Priority.ON_DEMAND) {
                ask = first(downloads, download -> nearlyInOrder(download, priority, nowNs));
            }
            if (ask != null) {
                ask.download.asked(ask.neighbour, ask.index, priority, nowNs);
                return Optional.of(ask);
            }
        }
        return Optional.empty();
    }

    private static Ask first(Collection<Download> downloads, Function<Download, Ask> choice) {
        for (Download download : downloads) {
            Ask ask = choice.apply(download);
            if (ask != null) {
                return ask;
            }
        }
        return null;
    }

    /** Whether no node can be asked for more now, whatever any may come to hold; never while a read is blocked. */
    public boolean isFull(Collection<Download> downloads, long nowNs) {
        for (Download download : downloads) {
            boolean room = neighbourhood.outstanding() < free.most(download) && free.find(download, false, nowNs);
            if (room || download.isUrgent()) {
                return false;
            }
        }
        return true;
    }

    private Ask inOrder(Download download, long nowNs) {
        for (Demand demand : download.demands().all()) {
            Ask ask = demand.priority() == Priority.ON_DEMAND ? inOrder(download, demand, nowNs) : null;
            if (ask != null) {
                return ask;
            }
        }
        return null;
    }

    private Ask inOrder(Download download, Demand demand, long nowNs) {
        int index = download.demands().nextMissing(demand, 0);
        if (index < 0) {
            return null;
        }
        boolean any = free.find(download, true, nowNs);
        for (int seen = 0; index >= 0 && seen < limits.window; seen++) {
            if (download.isAskable(index)) {
                Neighbour best = any ? free.best(download, index) : null;
                if (best == null) {
                    best = supernode(download, index, nowNs);
                }
                if (best != null) {
                    return new Ask(download, index, best, Priority.ON_DEMAND);
                }
            }
            index = download.demands().nextMissing(demand, index + 1);
        }
        return null;
    }

    /** The chunk for which whoever reads in order has waited for long. */
    private Ask standingStill(Download download, Priority priority, long nowNs) {
        if (neighbourhood.outstanding() >= free.most(download)) {
            return null;
        }
        for (Demand demand : download.demands().all()) {
            int index = demand.priority() == priority
                    ? download.waitedFor(demand, nowNs - STANDSTILL_NS, nowNs)
                    : -1;
            if (index >= 0) {
                Neighbour best = free.find(download, false, nowNs) ? free.best(download, index) : null;
                best = best != null ? best : supernode(download, index, nowNs);
                if (best != null) {
                    return new Ask(download, index, best, priority);
                }
            }
        }
        return null;
    }

    private Ask nearlyInOrder(Download download, Priority priority, long nowNs) {
        if (!download.demands().areMissing(priority) || neighbourhood.outstanding() >= free.most(download)) {
            return null;
        }
        if (free.find(download, false, nowNs)) {
            int index = worthMost(download, priority, nowNs);
            if (index >= 0) {
                return new Ask(download, index, free.best(download, index), priority);
            }
        }
        return lastResort(download, priority, nowNs);
    }

    /**
     * How little chunk {@code index} is worth asking for. What crosses the rack's border for the first time goes before all
     * else. The rest of it is each node's own taste, weighed as copies are: those who know the same nodes would ask all
     * of them for the same chunks otherwise, and then have nothing to give to each other.
     *
     * @param position how many chunks that are wanted come before it
     */
    private int rank(Download download, int index, int position, int earlier) {
        int taste = ((index ^ tastes) * 0x9e3779b9 >>> 16) % Math.max(1, download.nodeCount());
        int rank = download.copies(index) + position / earlier + taste;
        return download.isInside(index) && !download.isToBringOut(index) ? rank : rank - FIRST;
    }

    /** The chunk to ask for of a free node, in a crowd of one that was not slow if it has any, or -1. */
    private int worthMost(Download download, Priority priority, long nowNs) {
        if (!free.isCrowd(download)) {
            return fewCopiesEarly(download, priority, nowNs);
        }
        free.leaveOutSlow(download);
        int index = fewCopiesEarly(download, priority, nowNs);
        if (index >= 0) {
            return index;
        }
        free.takeInSlow(download);
        return fewCopiesEarly(download, priority, nowNs);
    }

    /**
     * The chunk in the window that is worth asking for most and that a free node holds, or -1. The window reaches over all
     * demands of the priority, one behind the other: hosts that want the same in the same order would otherwise all ask one
     * node for the same chunk.
     */
    private int fewCopiesEarly(Download download, Priority priority, long nowNs) {
        long settledNs = nowNs - CROWD_SPREAD_NS;
        int earlier = Math.max(EARLIER, download.nodeCount());
        int before = 0;
        int best = -1;
        int leastRank = Integer.MAX_VALUE;
        int leastLot = 0;
        for (Demand demand : download.demands().all()) {
            int first = demand.priority() == priority ? download.demands().nextMissing(demand, 0) : -1;
            if (first < 0) {
                continue;
            }
            int end = demand.endBehind(first, limits.window - before);
            for (int word = first >> 6; word << 6 < end; word++) {
                for (long rest = download.offered(word, free.mask(), settledNs); rest != 0; rest &= rest - 1) {
                    int index = (word << 6) + Long.numberOfTrailingZeros(rest);
                    if (index < first || index >= end) {
                        continue;
                    }
                    int rank = rank(download, index, before + index - first, earlier);
                    if (rank <= leastRank) {
                        int lot = random.nextInt(256);
                        if (rank < leastRank || lot < leastLot) {
                            best = index;
                            leastRank = rank;
                            leastLot = lot;
                        }
                    }
                }
            }
            before += end - first;
            if (before >= limits.window) {
                break;
            }
        }
        return best;
    }

    /**
     * Where no node can help, the supernode may: it says that it is busy if it has better to do. Where the rest of a blob is
     * wanted, a chunk that has only just come to the datacenter is on its way to some node, and will come from there; so
     * will what a crowd holds. Of certain chunks nobody else may ever get one: then the supernode knows whether others ask
     * for the same. And if they do, each asks for these in an order of its own: those who go through the same list are told to
     * leave one chunk after the other to somebody else.
     */
    private Ask lastResort(Download download, Priority priority, long nowNs) {
        Neighbour supernode = freeSupernode(download, nowNs);
        if (supernode == null || neighbourhood.busy() >= limits.sources) {
            return null;
        }
        // In a crowd every byte that the supernode sends a second time is missing for one that nobody has yet.
        int nodes = download.nodeCount();
        long spreadNs = nodes >= Math.min(3, limits.sources) ? CROWD_SPREAD_NS : SPREAD_NS;
        // As long as other chunks fill the link, those that neighbours will have need not be asked for a second time.
        boolean idle = neighbourhood.outstanding() + supernode.outstanding() < FreeNodes.LEAST_DEPTH;
        boolean crowd = free.isCrowd(download);
        int seen = 0;
        int drawn = -1;
        int drawnOf = 0;
        for (Demand demand : download.demands().all()) {
            boolean rest = download.demands().isTheRest(demand);
            long settledNs = nodes > 0 && rest ? nowNs - spreadNs : Long.MAX_VALUE;
            if (demand.priority() != priority || download.firstAskableNs() >= settledNs) {
                continue;
            }
            boolean inOrder = rest || !download.isSpreading();
            int window = crowd && inOrder ? CROWD_LAST_RESORT_WINDOW : LAST_RESORT_WINDOW;
            seen = inOrder ? 0 : seen;
            int index = download.demands().nextMissing(demand, 0);
            for (; index >= 0 && seen < window; seen++) {
                boolean helps = download.isAskable(index)
                        && download.askableSinceNs(index) < settledNs
                        && download.isHeldBy(supernode, index)
                        && !download.isLeftToOthers(index, idle, nowNs)
                        && !((crowd || !rest) && download.isAtNodes(index));
                if (helps && inOrder) {
                    return new Ask(download, index, supernode, priority);
                }
                drawn = helps && random.nextInt(++drawnOf) == 0 ? index : drawn;
                index = download.demands().nextMissing(demand, index + 1);
            }
        }
        return drawn < 0 ? null : new Ask(download, drawn, supernode, priority);
    }

    private static Neighbour supernode(Download download, int index, long nowNs) {
        Neighbour supernode = freeSupernode(download, nowNs);
        return supernode != null && download.isHeldBy(supernode, index) ? supernode : null;
    }

    private static Neighbour freeSupernode(Download download, long nowNs) {
        Neighbour supernode = download.holders().supernode();
        boolean isFree = supernode != null && supernode.outstanding() < SUPERNODE_DEPTH && !supernode.isBlocked(nowNs);
        return isFree ? supernode : null;
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
        Neighbour supernode = download.holders().supernode();
        if (supernode == null || supernode.outstanding() >= FreeNodes.MOST_DEPTH || !download.isHeldBy(supernode, index)) {
            return Optional.empty();
        }
        download.asked(supernode, index, Priority.ON_DEMAND, nowNs);
        return Optional.of(new Ask(download, index, supernode, Priority.ON_DEMAND));
    }
}
