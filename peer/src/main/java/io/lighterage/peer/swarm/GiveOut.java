package io.lighterage.peer.swarm;

import io.lighterage.peer.content.ChunkSet;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.function.ToIntFunction;

/**
 * What the supernode gives to nodes that let it choose.
 *
 * <p>Every chunk is given out once before any chunk is given twice, in order, each to the node that runs the fewest
 * transfers and among those to the one whose last gift is longest ago: the chunks then spread evenly, so that every node's
 * uplink has its share to pass on, and the supernode's link carries each byte about once (super-seeding, as BEP 16 has it). A chunk counts as given until the node that got it is
 * gone, or has not shown it for far longer than others take; then it is given again, and that node gets nothing for a while as
 * long as others wait: a chunk on a slow link is one that nobody else has. A blob of few chunks is given to everybody, for a
 * swarm would only delay it, as long as the link is not full ({@link Relays}).
 *
 * @param <P> what the caller knows a node by
 * @param <B> what the caller knows a blob by
 * @param <W> what the caller knows a want by
 */
public final class GiveOut<P, B, W> {
    private static final int FEW_CHUNKS = 1;

    private static final long SPREAD_NS = 1_000_000_000;
    private static final long LEAST_PATIENCE_NS = 1_000_000_000;

    /** So many times as long as most nodes a node may take to show a chunk. */
    private static final int PATIENCE = 4;

    /** For so long a node that did not show a chunk in time is passed over. */
    private static final long LATE_NS = 30_000_000_000L;

    /** A want to be answered with chunk {@code index}. */
    public record Gift<P, B, W>(P peer, B blob, W want, int index) {}

    private record Given<P>(P peer, long sinceNs) {}

    private static final class Blob<P, B, W> {
        final B name;

        /** Blobs are served in this order. */
        final long order;

        /** Wants that wait, by node; the node that was given something last is behind all others. */
        final Map<P, Queue<W>> parked = new LinkedHashMap<>();

        /** How many wants wait. */
        int waiting;

        final ChunkSet usable;
        final ChunkSet out;
        final Map<Integer, Given<P>> unconfirmed = new HashMap<>();
        final Map<P, ChunkSet> held = new HashMap<>();

        /** What was given here, and when the last time. */
        final ChunkSet given;

        final long[] givenNs;

        int next;

        Blob(B name, long order, int chunks) {
            this.name = name;
            this.order = order;
            given = new ChunkSet(chunks);
            givenNs = new long[chunks];
            usable = new ChunkSet(chunks);
            out = new ChunkSet(chunks);
        }

        boolean isWanted() {
            return waiting > 0;
        }

        void park(P peer, W want) {
            parked.computeIfAbsent(peer, p -> new ArrayDeque<>()).add(want);
            waiting++;
        }

        /** Takes the oldest want of {@code peer}, which then stands behind all others. */
        W unpark(P peer) {
            Queue<W> wants = parked.remove(peer);
            W want = wants.remove();
            parked.put(peer, wants);
            waiting--;
            return want;
        }

        boolean cancel(P peer, W want) {
            Queue<W> wants = parked.get(peer);
            boolean found = wants != null && wants.remove(want);
            waiting -= found ? 1 : 0;
            return found;
        }

        /** Forgets all wants of {@code peer}; answers how many there were. */
        int forget(P peer) {
            Queue<W> wants = parked.remove(peer);
            int count = wants == null ? 0 : wants.size();
            waiting -= count;
            return count;
        }

        /** Whether a node waits that was given nothing yet. */
        boolean isWantedAnew() {
            return parked.entrySet().stream().anyMatch(p -> !p.getValue().isEmpty() && choose(p.getKey()) >= 0);
        }

        boolean skipsSwarm() {
            return GiveOut.skipsSwarm(usable.size());
        }

        /** Whether there is a chunk that nobody was given yet. */
        boolean hasUngiven() {
            next = out.nextMissing(next);
            int index = usable.nextPresent(next);
            while (index >= 0 && out.contains(index)) {
                index = usable.nextPresent(index + 1);
            }
            return index >= 0;
        }

        /** The first chunk that can be given to {@code peer}, or -1. */
        int choose(P peer) {
            ChunkSet has = held.get(peer);
            if (skipsSwarm()) {
                int index = usable.nextPresent(0);
                return index >= 0 && (has == null || !has.contains(index)) ? index : -1;
            }
            next = out.nextMissing(next);
            int index = usable.nextPresent(next);
            while (index >= 0 && (out.contains(index) || has != null && has.contains(index))) {
                index = usable.nextPresent(index + 1);
            }
            return index;
        }
    }

    private final long patienceNs;
    private final Map<B, Blob<P, B, W>> blobs = new LinkedHashMap<>();

    /** Those of which wants wait: there may be thousands of others that were served lately. */
    private final NavigableMap<Long, Blob<P, B, W>> wanted = new TreeMap<>();

    private long nextOrder;
    private final Map<P, Integer> parkedBy = new HashMap<>();

    /** How long nodes took to show what they were given. */
    private final LatencyWindow showTimes = new LatencyWindow();

    /** Nodes that did not show a chunk in time, and when that was. */
    private final Map<P, Long> lateSinceNs = new HashMap<>();

    /** @param patienceNs how long a node may take at most to show a chunk that it was given, before another one gets it */
    public GiveOut(long patienceNs) {
        this.patienceNs = patienceNs;
    }

    /** Whether a blob of so many chunks is given to everybody, for a swarm would only delay it. */
    public static boolean skipsSwarm(int chunks) {
        return chunks <= FEW_CHUNKS;
    }

    private Blob<P, B, W> blob(B blob, int size) {
        return blobs.computeIfAbsent(blob, b -> new Blob<>(b, nextOrder++, size));
    }

    /** To be called where the number of wants that wait has changed. */
    private void note(Blob<P, B, W> blob) {
        if (blob.isWanted()) {
            wanted.put(blob.order, blob);
        } else {
            wanted.remove(blob.order);
        }
    }

    /** Chunks of {@code blob} can be given now. */
    public void usable(B blob, ChunkSet chunks) {
        blob(blob, chunks.size()).usable.addAll(chunks);
    }

    /** Chunk {@code index} of {@code blob}, which has {@code size} chunks, can be given now. */
    public void usable(B blob, int size, int index) {
        blob(blob, size).usable.add(index);
    }

    /** A node lets the supernode choose a chunk of {@code blob} for it; {@code false} if the blob is not known here. */
    public boolean park(P peer, B blob, W want) {
        Blob<P, B, W> state = blobs.get(blob);
        if (state != null) {
            state.park(peer, want);
            note(state);
            parkedBy.merge(peer, 1, Integer::sum);
        }
        return state != null;
    }

    /** Number of wants of {@code peer} that wait here. */
    public int parkedBy(P peer) {
        return parkedBy.getOrDefault(peer, 0);
    }

    private void unparked(P peer) {
        parkedBy.computeIfPresent(peer, (p, count) -> count == 1 ? null : count - 1);
    }

    /** {@code peer} holds {@code chunks}: they are out, and need not be given. */
    public void holds(P peer, B blob, ChunkSet chunks, long nowNs) {
        Blob<P, B, W> state = blobs.get(blob);
        if (state == null || state.usable.size() != chunks.size()) {
            return;
        }
        state.held.computeIfAbsent(peer, p -> new ChunkSet(chunks.size())).addAll(chunks);
        state.out.addAll(chunks);
        if (!state.unconfirmed.isEmpty()) {
            state.unconfirmed.entrySet().removeIf(entry -> {
                boolean shown = chunks.contains(entry.getKey());
                if (shown && entry.getValue().peer.equals(peer)) {
                    showTimes.add(nowNs - entry.getValue().sinceNs);
                }
                return shown;
            });
        }
    }

    /**
     * Whether chunk {@code index} was given to a node so lately that it is on its way to all others: who asks for it by
     * index is to wait for that, as every byte that is sent twice is missing for one that nobody has yet. Of a blob that
     * everybody is given, whether {@code peer} itself was given it.
     */
    public boolean isOnItsWay(P peer, B blob, int index, long nowNs) {
        Blob<P, B, W> state = blobs.get(blob);
        if (state == null
                || index < 0
                || index >= state.givenNs.length
                || !state.given.contains(index)
                || nowNs - state.givenNs[index] >= SPREAD_NS) {
            return false;
        }
        ChunkSet has = state.held.get(peer);
        return state.skipsSwarm() ? has != null && has.contains(index) : state.out.contains(index);
    }

    /** Whether some parked want could be answered if every node were free. */
    public boolean hasGifts() {
        for (Blob<P, B, W> blob : wanted.values()) {
            if (blob.skipsSwarm() ? blob.isWantedAnew() : blob.hasUngiven()) {
                return true;
            }
        }
        return false;
    }

    /**
     * The next want to answer, and with which chunk: of the blob that is served longest, for the node that runs the
     * fewest transfers, and among those the one whose last gift is longest ago.
     *
     * @param load how many transfers run to a node now
     * @param most a node with so many gets no more for now
     */
    public Optional<Gift<P, B, W>> next(ToIntFunction<P> load, int most, long nowNs) {
        for (Blob<P, B, W> blob : wanted.values()) {
            if (!blob.skipsSwarm() && !blob.hasUngiven()) {
                continue;
            }
            P best = leastServed(blob, load, most, nowNs);
            if (best != null) {
                W want = blob.unpark(best);
                note(blob);
                unparked(best);
                int index = blob.choose(best);
                blob.out.add(index);
                blob.held.computeIfAbsent(best, p -> new ChunkSet(blob.usable.size())).add(index);
                blob.unconfirmed.put(index, new Given<>(best, nowNs));
                blob.given.add(index);
                blob.givenNs[index] = nowNs;
                return Optional.of(new Gift<>(best, blob.name, want, index));
            }
        }
        return Optional.empty();
    }

    private P leastServed(Blob<P, B, W> blob, ToIntFunction<P> load, int most, long nowNs) {
        P best = null;
        P late = null;
        boolean inTime = false;
        int bestLoad = most;
        for (Map.Entry<P, Queue<W>> entry : blob.parked.entrySet()) {
            P candidate = entry.getKey();
            int candidateLoad = load.applyAsInt(candidate);
            boolean free = candidateLoad < bestLoad;
            if (entry.getValue().isEmpty() || inTime && !free || blob.choose(candidate) < 0) {
                continue;
            }
            if (isLate(candidate, nowNs)) {
                late = free ? candidate : late;
                continue;
            }
            inTime = true;
            if (free) {
                best = candidate;
                bestLoad = candidateLoad;
                if (bestLoad == 0) {
                    break;
                }
            }
        }
        // Whoever waits and is not late may be busy only for a moment.
        return inTime ? best : late;
    }

    private boolean isLate(P peer, long nowNs) {
        Long sinceNs = lateSinceNs.isEmpty() ? null : lateSinceNs.get(peer);
        return sinceNs != null && nowNs - sinceNs < LATE_NS;
    }

    /** Takes back what was given long ago and not shown since; answers whether there was any. */
    public boolean expire(long nowNs) {
        boolean any = false;
        long usualNs = Math.max(LEAST_PATIENCE_NS, PATIENCE * showTimes.percentileNs(50, patienceNs));
        long mostNs = Math.min(patienceNs, usualNs);
        for (Blob<P, B, W> blob : blobs.values()) {
            for (Iterator<Map.Entry<Integer, Given<P>>> i = blob.unconfirmed.entrySet().iterator(); i.hasNext(); ) {
                Map.Entry<Integer, Given<P>> entry = i.next();
                if (nowNs - entry.getValue().sinceNs > mostNs) {
                    i.remove();
                    lateSinceNs.put(entry.getValue().peer, nowNs);
                    // Whoever got it and lost it may get it again; whoever is only slow has shown nothing yet.
                    blob.held.get(entry.getValue().peer).remove(entry.getKey());
                    takeBack(blob, entry.getKey());
                    any = true;
                }
            }
        }
        return any;
    }

    private static <P, B, W> void takeBack(Blob<P, B, W> blob, int index) {
        blob.out.remove(index);
        blob.next = Math.min(blob.next, index);
    }

    /** A want is taken back. */
    public void cancel(P peer, W want) {
        for (Blob<P, B, W> blob : wanted.values()) {
            if (blob.cancel(peer, want)) {
                unparked(peer);
                note(blob);
                return;
            }
        }
    }

    /** {@code peer} no longer wants {@code blob}. */
    public void close(P peer, B blob) {
        Blob<P, B, W> state = blobs.get(blob);
        if (state != null) {
            removeParked(state, peer);
        }
    }

    private void removeParked(Blob<P, B, W> blob, P peer) {
        for (int count = blob.forget(peer); count > 0; count--) {
            unparked(peer);
        }
        note(blob);
    }

    /** {@code peer} is gone: what only it was given must be given again. */
    public void leave(P peer) {
        lateSinceNs.remove(peer);
        for (Blob<P, B, W> blob : blobs.values()) {
            removeParked(blob, peer);
            ChunkSet held = blob.held.remove(peer);
            if (held != null) {
                blob.unconfirmed.values().removeIf(given -> given.peer.equals(peer));
                held.forEach(index -> {
                    if (blob.held.values().stream().noneMatch(other -> other.contains(index))) {
                        takeBack(blob, index);
                    }
                });
            }
        }
    }

    /** Forgets {@code blob} and all wants of it. */
    public void remove(B blob) {
        Blob<P, B, W> state = blobs.remove(blob);
        if (state != null) {
            wanted.remove(state.order);
            state.parked.forEach((peer, wants) -> wants.forEach(want -> unparked(peer)));
        }
    }
}
