package io.lighterage.peer.swarm;

import io.lighterage.peer.content.ChunkSet;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * What the supernode gives to nodes that let it choose.
 *
 * <p>Every chunk is given out once before any chunk is given twice, in order, each to the node that runs the fewest
 * transfers and has waited longest: the copies then spread among the nodes, and the supernode's link carries each
 * byte about once (super-seeding, as BEP 16 has it). A chunk counts as given until the node that got it is
 * gone, or has not shown it for a while; then it is given again. A blob of few chunks is given to everybody, for a
 * swarm would only delay it.
 *
 * @param <P> what the caller knows a node by
 * @param <B> what the caller knows a blob by
 * @param <W> what the caller knows a want by
 */
public final class GiveOut<P, B, W> {
    /** Blobs of at most so many chunks skip the swarm. */
    public static final int FEW_CHUNKS = 1;

    /** A want to be answered with chunk {@code index}. */
    public record Gift<P, B, W>(P peer, B blob, W want, int index) {}

    private record Parked<P, B, W>(P peer, B blob, W want) {}

    private record Given<P>(P peer, long sinceNs) {}

    private static final class Blob<P> {
        final ChunkSet usable;
        final ChunkSet out;
        final Map<Integer, Given<P>> unconfirmed = new HashMap<>();
        final Map<P, ChunkSet> held = new HashMap<>();
        int next;

        Blob(int chunks) {
            usable = new ChunkSet(chunks);
            out = new ChunkSet(chunks);
        }

        boolean skipsSwarm() {
            return usable.size() <= FEW_CHUNKS;
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
    private final Map<B, Blob<P>> blobs = new LinkedHashMap<>();
    private final ArrayDeque<Parked<P, B, W>> parked = new ArrayDeque<>();

    /** @param patienceNs how long a node may take to show a chunk that it was given, before another one gets it */
    public GiveOut(long patienceNs) {
        this.patienceNs = patienceNs;
    }

    /** Chunks of {@code blob} can be given now. */
    public void usable(B blob, ChunkSet chunks) {
        blobs.computeIfAbsent(blob, b -> new Blob<>(chunks.size())).usable.addAll(chunks);
    }

    /** Chunk {@code index} of {@code blob}, which has {@code size} chunks, can be given now. */
    public void usable(B blob, int size, int index) {
        blobs.computeIfAbsent(blob, b -> new Blob<>(size)).usable.add(index);
    }

    /** A node lets the supernode choose a chunk of {@code blob} for it. */
    public void park(P peer, B blob, W want) {
        parked.add(new Parked<>(peer, blob, want));
    }

    /** {@code peer} holds {@code chunks}: they are out, and need not be given. */
    public void holds(P peer, B blob, ChunkSet chunks) {
        Blob<P> state = blobs.computeIfAbsent(blob, b -> new Blob<>(chunks.size()));
        if (state.usable.size() != chunks.size()) {
            return;
        }
        state.held.computeIfAbsent(peer, p -> new ChunkSet(chunks.size())).addAll(chunks);
        state.out.addAll(chunks);
        state.unconfirmed.keySet().removeIf(chunks::contains);
    }

    /** Whether some parked want could be answered now. */
    public boolean hasGifts() {
        return parked.stream().anyMatch(p -> choose(p) >= 0);
    }

    /**
     * The next want to answer, and with which chunk.
     *
     * @param load how many transfers run to a node now
     * @param most a node with so many gets no more for now
     */
    public Optional<Gift<P, B, W>> next(ToIntFunction<P> load, int most, long nowNs) {
        Parked<P, B, W> best = null;
        int bestLoad = most;
        for (Parked<P, B, W> candidate : parked) {
            int candidateLoad = load.applyAsInt(candidate.peer);
            if (candidateLoad < bestLoad && choose(candidate) >= 0) {
                best = candidate;
                bestLoad = candidateLoad;
                if (bestLoad == 0) {
                    break;
                }
            }
        }
        if (best == null) {
            return Optional.empty();
        }
        parked.remove(best);
        Blob<P> blob = blobs.get(best.blob);
        int index = blob.choose(best.peer);
        blob.out.add(index);
        blob.held.computeIfAbsent(best.peer, p -> new ChunkSet(blob.usable.size())).add(index);
        blob.unconfirmed.put(index, new Given<>(best.peer, nowNs));
        return Optional.of(new Gift<>(best.peer, best.blob, best.want, index));
    }

    private int choose(Parked<P, B, W> want) {
        Blob<P> blob = blobs.get(want.blob);
        return blob == null ? -1 : blob.choose(want.peer);
    }

    /** Takes back what was given long ago and not shown since; answers whether there was any. */
    public boolean expire(long nowNs) {
        boolean any = false;
        for (Blob<P> blob : blobs.values()) {
            for (Iterator<Map.Entry<Integer, Given<P>>> i = blob.unconfirmed.entrySet().iterator(); i.hasNext(); ) {
                Map.Entry<Integer, Given<P>> entry = i.next();
                if (nowNs - entry.getValue().sinceNs > patienceNs) {
                    i.remove();
                    takeBack(blob, entry.getKey());
                    any = true;
                }
            }
        }
        return any;
    }

    private static <P> void takeBack(Blob<P> blob, int index) {
        blob.out.remove(index);
        blob.next = Math.min(blob.next, index);
    }

    /** The want is answered or taken back otherwise. */
    public boolean cancel(P peer, W want) {
        return parked.removeIf(p -> p.peer.equals(peer) && p.want.equals(want));
    }

    /** {@code peer} no longer wants {@code blob}. */
    public void close(P peer, B blob) {
        parked.removeIf(p -> p.peer.equals(peer) && p.blob.equals(blob));
    }

    /** {@code peer} is gone: what only it was given must be given again. */
    public void leave(P peer) {
        parked.removeIf(p -> p.peer.equals(peer));
        for (Blob<P> blob : blobs.values()) {
            ChunkSet held = blob.held.remove(peer);
            if (held == null) {
                continue;
            }
            blob.unconfirmed.values().removeIf(given -> given.peer.equals(peer));
            held.forEach(index -> {
                if (blob.held.values().stream().noneMatch(other -> other.contains(index))) {
                    takeBack(blob, index);
                }
            });
        }
    }

    /** Forgets {@code blob} and all wants of it. */
    public void remove(B blob) {
        blobs.remove(blob);
        parked.removeIf(p -> p.blob.equals(blob));
    }
}
