package io.lighterage.supernode.tracker;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.exchange.BlobProgress;
import io.lighterage.peer.exchange.Tables;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.wire.Connection;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * A blob that somebody is being served. Guarded by the lock of {@link SupernodeSwarm}, but for what is final and
 * thread-safe.
 */
final class Session {
    final StoredBlob blob;
    final BlobProgress progress = new BlobProgress();

    /** Nodes that opened the blob and are told of its table. */
    final Set<Connection> subscribers = new LinkedHashSet<>();

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
     */
    void subscribe(Connection node, boolean again) {
        flush();
        if (subscribers.add(node) || again) {
            Tables.send(blob, blob.present(), node);
        }
    }

    /** Chunk {@code index}'s entry is to be told to subscribers. */
    void arrived(int index) {
        unsent.add(index);
    }

    /** Tells one node of chunk {@code index}, whether or not everybody has been told. */
    void tell(Connection node, int index) {
        if (unsent.contains(index)) {
            Tables.send(blob, ChunkSet.of(unsent.size(), index), node);
        }
    }

    /** Tells subscribers of what has arrived since the last time. */
    void flush() {
        if (!unsent.isEmpty()) {
            ChunkSet entries = unsent;
            unsent = new ChunkSet(entries.size());
            subscribers.forEach(node -> Tables.send(blob, entries, node));
        }
    }
}
