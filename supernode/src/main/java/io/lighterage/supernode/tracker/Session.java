package io.lighterage.supernode.tracker;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.exchange.BlobProgress;
import io.lighterage.peer.exchange.Tables;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.swarm.GiveOut;
import io.lighterage.peer.swarm.Pace;
import io.lighterage.peer.wire.Connection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A blob that somebody is being served. Guarded by the lock of {@link SupernodeSwarm}, but for what is final and
 * thread-safe.
 */
final class Session {
    private static final long STARVED_NS = TimeUnit.MILLISECONDS.toNanos(Pace.STARVED_MILLIS);

    final StoredBlob blob;
    final BlobProgress progress = new BlobProgress();

    /** Nodes that opened the blob and are told of its table, and when they first did, by {@link System#nanoTime}. */
    final Map<Connection, Long> subscribers = new LinkedHashMap<>();

    /** When the last subscriber left, by {@link System#nanoTime}. */
    long idleSinceNs = System.nanoTime();

    private ChunkSet unsent;

    Session(StoredBlob blob) {
        this.blob = blob;
        this.unsent = new ChunkSet(blob.info().chunkCount());
    }

    /**
     * Begins to tell a node of the table: all of it that is known now, the rest as it comes.
     *
     * @param again whether to send what is known even if that was done before
     * @return whether it was told long before, so that it asks again because nothing comes
     */
    boolean subscribe(Connection node, boolean again) {
        flush();
        long nowNs = System.nanoTime();
        Long sinceNs = subscribers.putIfAbsent(node, nowNs);
        if (sinceNs == null || again) {
            Tables.send(blob, blob.present(), node);
        }
        return again && sinceNs != null && nowNs - sinceNs > STARVED_NS;
    }

    /** Chunk {@code index}'s entry is to be told to subscribers. */
    void arrived(int index) {
        unsent.add(index);
    }

    /** Whether everybody is given the blob here. */
    boolean skipsSwarm() {
        return GiveOut.skipsSwarm(blob.info().chunkCount());
    }

    /**
     * Tells one node of chunk {@code index}, whether or not everybody has been told. The entry of an only chunk is
     * known without.
     */
    void tell(Connection node, int index) {
        if (unsent.contains(index) && unsent.size() > 1) {
            Tables.send(blob, ChunkSet.of(unsent.size(), index), node);
        }
    }

    /** Tells subscribers of what has arrived since the last time. */
    void flush() {
        if (!unsent.isEmpty()) {
            ChunkSet entries = unsent;
            unsent = new ChunkSet(entries.size());
            subscribers.keySet().forEach(node -> Tables.send(blob, entries, node));
        }
    }
}
