package io.lighterage.peer.swarm;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.swarm.PendingChunks.Pending;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What one host has, wants and knows of one blob.
 *
 * <p>A chunk is <em>present</em>, or <em>pending</em> (asked for, or received and being verified), or <em>missing</em>.
 * It may be asked of a neighbour once its table entry is known, for without one it could not be verified.
 */
public final class Download {
    private final Digest digest;
    private final int chunkLength;
    private final ChunkSet present;
    private final ChunkSet presentOrPending;
    private final ChunkSet askable;
    private final long[] askableSinceNs;
    private final Holders holders;

    /** As a mask, the chunks that may be asked for and are neither present nor pending. */
    private final long[] open;

    private final PendingChunks pending;
    private final Demands demands;

    /** Chunks that the supernode has just sent to others, and until when it is not asked for them. */
    private final Map<Integer, Long> spreading = new HashMap<>();

    /** Since when the first chunk of all could be asked for. */
    private long firstAskableNs = Long.MAX_VALUE;

    /** What this host brings into its rack at once. */
    private Share share = Share.ALL;

    /**
     * @param present the chunks that are there already
     * @param askable the chunks whose table entry is known
     * @param chunkLength bytes in a chunk
     * @param nowNs the time by the clock of whoever calls
     */
    public Download(Digest digest, int chunkLength, ChunkSet present, ChunkSet askable, long nowNs) {
        this.digest = digest;
        this.chunkLength = chunkLength;
        this.present = present.copy();
        this.presentOrPending = present.copy();
        this.demands = new Demands(this.present, presentOrPending);
        this.askable = askable.copy();
        this.holders = new Holders(present.size());
        this.pending = new PendingChunks(present.size());
        this.open = new long[(present.size() + 63) >> 6];
        askable.forEach(this::refresh);
        this.askableSinceNs = new long[present.size()];
        Arrays.fill(askableSinceNs, nowNs);
        if (!askable.isEmpty()) {
            firstAskableNs = nowNs;
        }
    }

    private void refresh(int index) {
        if (askable.contains(index) && !presentOrPending.contains(index)) {
            open[index >> 6] |= 1L << index;
        } else {
            open[index >> 6] &= ~(1L << index);
        }
    }

    /** The blob. */
    public Digest digest() {
        return digest;
    }

    /** Bytes in a chunk. */
    public int chunkLength() {
        return chunkLength;
    }

    /** Whether every chunk is present. */
    public boolean isComplete() {
        return present.isFull();
    }

    /** The chunks that are present; not to be changed. */
    public ChunkSet present() {
        return present;
    }

    /** Which chunks this host is to bring into its rack; what is not of them it leaves to others for a while. */
    public void share(Share share) {
        this.share = share;
    }

    /** Begins to want chunks {@code first .. end - 1}. */
    public Demand demand(int first, int end, Priority priority) {
        Demand demand = new Demand(first, end, priority);
        demands.add(demand);
        return demand;
    }

    /** Ends a demand; what was asked for still counts as pending. */
    public void end(Demand demand) {
        demands.remove(demand);
    }

    /** Whether anybody wants anything of the blob, present or not. */
    public boolean hasDemands() {
        return !demands.all().isEmpty();
    }

    /** Whether a chunk is wanted that is not present. */
    public boolean isWanting() {
        return demands.isWanting();
    }

    /** The first wanted chunk that is neither present nor pending, by the most urgent demand, or -1. */
    public int firstMissing() {
        return demands.firstMissing(index -> true);
    }

    /** The same of those that no node can be asked for. */
    public int firstUnheld() {
        return demands.firstMissing(index -> !isAtNodes(index));
    }

    /** All wanted chunks that are neither present nor pending, and might be asked of a node if one had them. */
    int[] unheld() {
        return demands.missing().filter(index -> askable.contains(index) && holders.copies(index) == 0).toArray();
    }

    /** Number of chunks from {@code first} on, at most {@code most}, that are wanted, not present and not pending. */
    public int missingRun(int first, int most) {
        return demands.missingRun(first, most);
    }

    /** Whether a read is blocked on anything that is missing. */
    public boolean isUrgent() {
        return demands.isUrgent();
    }

    /** The table entries of {@code known} are known now. */
    public void askable(ChunkSet known, long nowNs) {
        known.forEach(index -> {
            if (askable.add(index)) {
                askableSinceNs[index] = nowNs;
                firstAskableNs = Math.min(firstAskableNs, nowNs);
                refresh(index);
            }
        });
    }

    /** Chunk {@code index} is present now. */
    public void arrived(int index) {
        present.add(index);
        spreading.remove(index);
        forget(index);
        presentOrPending.add(index);
        refresh(index);
    }

    /** The supernode has just sent chunk {@code index} to others, and is not asked for it before {@code untilNs}. */
    public void spreads(int index, long untilNs) {
        spreading.put(index, untilNs);
    }

    /** Whether the supernode has sent chunks to others that have not come from there. */
    boolean isSpreading() {
        return !spreading.isEmpty();
    }

    /**
     * Whether the supernode is not asked now for chunk {@code index}, which it has sent to others.
     *
     * @param idle whether nothing else is waited for
     */
    boolean isLeftToOthers(int index, boolean idle, long nowNs) {
        Long untilNs = spreading.isEmpty() ? null : spreading.get(index);
        return untilNs != null && (!idle || nowNs < untilNs);
    }

    /** Chunk {@code index} came but cannot be used, or will not come: it is missing again. */
    public void lost(int index) {
        forget(index);
    }

    /** Takes chunk {@code index} out of what neighbours are asked for: the caller fetches it by itself. */
    public void reserve(int index, long nowNs) {
        pend(index, Priority.PREFETCH, nowNs).received = true;
    }

    private Pending pend(int index, Priority priority, long nowNs) {
        presentOrPending.add(index);
        refresh(index);
        return pending.getOrAdd(index, priority, nowNs);
    }

    private void forget(int index) {
        Pending asked = pending.remove(index);
        if (asked != null) {
            asked.askedOf.forEach(Neighbour::answered);
        }
        unpend(index);
    }

    private void unpend(int index) {
        if (!present.contains(index)) {
            presentOrPending.remove(index);
            refresh(index);
        }
    }

    /** {@code neighbour}, which is connected, holds {@code chunks} too. */
    public void holds(Neighbour neighbour, ChunkSet chunks) {
        if (chunks.size() != present.size()) {
            throw new IllegalArgumentException("a set over " + chunks.size() + " chunks of a blob of " + present.size());
        }
        if (neighbour.hood != null) {
            holders.add(neighbour, chunks);
        }
    }

    /** Whether {@code neighbour} is known to hold all of {@code chunks}. */
    public boolean isHeldBy(Neighbour neighbour, ChunkSet chunks) {
        return holders.holdsAll(neighbour, chunks);
    }

    /** Whether {@code neighbour} is known to hold chunk {@code index}. */
    public boolean isHeldBy(Neighbour neighbour, int index) {
        return holders.holds(neighbour, index);
    }

    /** Whether every wanted chunk that is not present is said to be somewhere, be it at the supernode. */
    public boolean isHeldByOthers() {
        return demands.areAllAbsent(holders::isHeld);
    }

    /** Whether a node, other than the supernode, can be asked for chunk {@code index}. */
    public boolean isAtNodes(int index) {
        return holders.copies(index) > 0 && askable.contains(index);
    }

    /** {@code neighbour} is no source any more; what only it was asked for is missing again. */
    public void leave(Neighbour neighbour) {
        holders.remove(neighbour);
        for (Pending asked : List.copyOf(pending.all())) {
            if (asked.askedOf.remove(neighbour)) {
                neighbour.answered();
            }
            if (asked.askedOf.isEmpty() && !asked.received) {
                forget(asked.index);
            }
        }
    }

    /** {@code neighbour} will not answer for chunk {@code index}. */
    public void refused(Neighbour neighbour, int index) {
        Pending asked = pending.get(index);
        if (asked != null && asked.askedOf.remove(neighbour)) {
            neighbour.answered();
            if (asked.askedOf.isEmpty() && !asked.received) {
                forget(index);
            }
        }
    }

    /**
     * Chunk {@code index} came from {@code neighbour} and will be verified.
     *
     * @return how long the answer took in nanoseconds; -1 if the chunk is present or came already, so that this copy is of no use
     */
    public long received(Neighbour neighbour, int index, long nowNs) {
        Pending asked = pending.get(index);
        if (present.contains(index) || asked != null && asked.received) {
            refused(neighbour, index);
            return -1;
        }
        if (asked == null) {
            // The supernode chose this chunk, or it was given up as late and comes after all.
            asked = pend(index, Priority.PREFETCH, nowNs);
        }
        asked.received = true;
        if (asked.askedOf.remove(neighbour)) {
            neighbour.sent(nowNs - asked.lastAskedNs, nowNs);
            neighbour.answered();
        }
        return nowNs - asked.sinceNs;
    }

    /** Those who were asked for chunk {@code index} and have not answered. */
    public List<Neighbour> askedOf(int index) {
        Pending asked = pending.get(index);
        return asked == null || asked.askedOf.isEmpty() ? List.of() : List.copyOf(asked.askedOf);
    }

    /** The chunks that were last asked for before {@code beforeNs} and have not come. */
    public List<Integer> overdue(long beforeNs) {
        return pending.all().stream()
                .filter(asked -> !asked.received && asked.lastAskedNs < beforeNs)
                .map(asked -> asked.index)
                .toList();
    }

    /** Whether chunk {@code index}'s table entry is known. */
    public boolean isAskable(int index) {
        return askable.contains(index);
    }

    /**
     * Whether so much is wanted without a read being blocked on it that the supernode may choose what it sends: a
     * demand reaches to the end of the blob and covers at least half of what is missing.
     */
    public boolean wantsTheRest() {
        return demands.haveTheRest();
    }

    /** Number of chunks that are neither present nor pending, wanted or not. */
    public int missingCount() {
        return presentOrPending.size() - presentOrPending.count();
    }

    void asked(Neighbour neighbour, int index, Priority priority, long nowNs) {
        Pending asked = pend(index, priority, nowNs);
        asked.askedOf.add(neighbour);
        asked.lastAskedNs = nowNs;
        asked.overtakenAt = neighbour.overtakenAt();
        neighbour.asked();
    }

    PendingChunks pending() {
        return pending;
    }

    Holders holders() {
        return holders;
    }

    /**
     * The chunks {@code 64 * word} and so on that may be asked for and that one of {@code free}, a mask of places, can give
     * now.
     */
    long offered(int word, long[] free, long settledNs) {
        long near = 0;
        long far = 0;
        for (int places = 0; places < holders.words() && open[word] != 0; places++) {
            long inside = holders.inside(places, free[places]);
            near |= holders.heldBy(word, places, inside);
            far |= holders.heldBy(word, places, free[places] & ~inside);
        }
        long offered = near & open[word];
        for (long rest = far & open[word] & ~offered; rest != 0; rest &= rest - 1) {
            if (mayBringIn((word << 6) + Long.numberOfTrailingZeros(rest), settledNs)) {
                offered |= Long.lowestOneBit(rest);
            }
        }
        return offered;
    }

    /**
     * Whether chunk {@code index} may come from outside: nobody known in the rack has it, and it is this host's to fetch.
     *
     * @param settledNs a chunk that could be asked for before this time may be brought in by anybody
     */
    boolean mayBringIn(int index, long settledNs) {
        return (share.contains(index) || askableSinceNs[index] < settledNs) && !holders.isInside(index);
    }

    /** Whether chunk {@code index} is this host's to pass on to other racks, and nobody known there has it. */
    boolean isToBringOut(int index) {
        return share.contains(index) && holders.isInsideOnly(index);
    }

    /** When the first of all chunks could be asked for; the greatest number if none can. */
    long firstAskableNs() {
        return firstAskableNs;
    }

    Demands demands() {
        return demands;
    }

    /** Number of nodes, the supernode left out, that are known to hold something of the blob. */
    int nodeCount() {
        return holders.nodeCount();
    }

    long askableSinceNs(int index) {
        return askableSinceNs[index];
    }

    boolean isInside(int index) {
        return holders.isInside(index);
    }

    int copies(int index) {
        return holders.copies(index);
    }

    /** As {@link Demands#waitedFor}, of what may be asked for. */
    int waitedFor(Demand demand, long sinceNs, long nowNs) {
        return demands.waitedFor(demand, askable, sinceNs, nowNs);
    }
}
