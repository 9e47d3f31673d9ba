package io.lighterage.peer.swarm;

import java.util.Collection;
import java.util.List;
import java.util.random.RandomGenerator;

/** How much a node has outstanding, and which others it may ask for one more chunk now. */
final class FreeNodes {
    static final int LEAST_DEPTH = 2;
    static final int MOST_DEPTH = 32;

    private static final int MOST_OUTSTANDING_BYTES = 64 << 20;

    /** What comes within so long may be outstanding: what is asked for sooner waits at a host which may be the wrong one. */
    private static final long AHEAD_NS = 1_500_000_000;

    private static final int LEAST_AHEAD_BYTES = 1 << 20;

    /** Of a host outside of the rack, where few are known: all that this host is to bring in may have to come from one. */
    private static final int OUTSIDE_DEPTH = 8;

    private final DownloadScheduler.Limits limits;
    private final Neighbourhood neighbourhood;
    private final RandomGenerator random;
    private final ArrivalRate arrivals = new ArrivalRate();

    /** By places; of use during one decision. */
    private long[] mask = new long[1];

    /** Those that were slow to answer, and are left out of {@link #mask} at first. */
    private long[] slow = new long[1];

    FreeNodes(DownloadScheduler.Limits limits, Neighbourhood neighbourhood, RandomGenerator random) {
        this.limits = limits;
        this.neighbourhood = neighbourhood;
        this.random = random;
    }

    /** A chunk of so many bytes has come. */
    void received(int bytes, long nowNs) {
        arrivals.arrived(bytes, nowNs);
    }

    /** How many chunks may be outstanding altogether. */
    int most(Download download) {
        int chunk = download.chunkLength();
        int each = Math.min(MOST_OUTSTANDING_BYTES / chunk, isCrowd(download) ? crowdSources() : limits.sources());
        double soon = Math.max(LEAST_AHEAD_BYTES, arrivals.bytesWithin(AHEAD_NS));
        int ahead = (int) Math.min(limits.outstandingBytes(), soon);
        return Math.max(LEAST_DEPTH * 2, Math.max(each, ahead / chunk));
    }

    /** Whether so many nodes hold something of a blob that each is asked for little. */
    boolean isCrowd(Download download) {
        return download.nodeCount() >= limits.sources();
    }

    private int crowdSources() {
        return limits.sources() * 5 / 4;
    }

    /**
     * How many nodes are asked at once where {@code nodes} hold something. In a crowd it is most of them: each node's queue
     * then has about the same length, where among fewer chance leaves some without any work.
     */
    private int sources(int nodes) {
        return Math.clamp(nodes * 4L / 5, limits.sources(), crowdSources());
    }

    /** How much may be outstanding with one node: little where there are many, all that is allowed where there is one. */
    private int depth(int nodes, int most) {
        return nodes * 4 / 5 >= crowdSources() ? 1 : Math.clamp(most / Math.max(1, nodes), LEAST_DEPTH, MOST_DEPTH);
    }

    /**
     * Finds those that hold something of a blob; answers whether there are any.
     *
     * @param urgent whether a read waits: then they are asked though they have much to do
     */
    boolean find(Download download, boolean urgent, long nowNs) {
        Holders holders = download.holders();
        int depth = urgent ? MOST_DEPTH : depth(holders.nodeCount(), most(download));
        boolean idleToo = urgent || neighbourhood.busy() < sources(holders.nodeCount());
        if (mask.length < holders.words()) {
            mask = new long[holders.words()];
            slow = new long[holders.words()];
        }
        long any = 0;
        for (int word = 0; word < holders.words(); word++) {
            long busy = holders.nodes(word) & neighbourhood.busy(word);
            long some = idleToo ? holders.nodes(word) & ~busy : 0;
            long inside = holders.inside(word, busy);
            some |= below(depth, word, depth > 1 ? inside : 0) | below(Math.max(depth, OUTSIDE_DEPTH), word, busy & ~inside);
            mask[word] = some & ~neighbourhood.blocked(word, some, nowNs);
            any |= mask[word];
        }
        return any != 0;
    }

    /** Those of the busy hosts {@code among}, in one word of a mask, that were asked for less than {@code depth} chunks. */
    private long below(int depth, int word, long among) {
        long below = 0;
        for (long rest = among; rest != 0; rest &= rest - 1) {
            int place = (word << 6) + Long.numberOfTrailingZeros(rest);
            below |= neighbourhood.outstandingAt(place) < depth ? Long.lowestOneBit(rest) : 0;
        }
        return below;
    }

    /** Those that were found, by places. The caller changes nothing in it. */
    long[] mask() {
        return mask;
    }

    /** Forgets of those that were found the ones in the rack that were slow to send what they were last asked for. */
    void leaveOutSlow(Download download) {
        Holders holders = download.holders();
        for (int word = 0; word < holders.words(); word++) {
            slow[word] = holders.inside(word, mask[word]) & neighbourhood.slow(word);
            mask[word] &= ~slow[word];
        }
    }

    /** Takes those in again. */
    void takeInSlow(Download download) {
        for (int word = 0; word < download.holders().words(); word++) {
            mask[word] |= slow[word];
        }
    }

    /** The one that is best asked for chunk {@code index}, or null. */
    Neighbour best(Download download, int index) {
        return best(download, index, List.of());
    }

    /** The same of those that are not {@code but} these. */
    Neighbour best(Download download, int index, Collection<Neighbour> but) {
        Holders holders = download.holders();
        Neighbour best = null;
        for (int word = 0; word < holders.words(); word++) {
            for (long rest = holders.offers(index, word, mask); rest != 0; rest &= rest - 1) {
                Neighbour neighbour = neighbourhood.at((word << 6) + Long.numberOfTrailingZeros(rest));
                if (!but.contains(neighbour) && (best == null || isBetter(neighbour, best))) {
                    best = neighbour;
                }
            }
        }
        return best;
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
}
