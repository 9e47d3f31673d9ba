package io.lighterage.peer.exchange;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.swarm.Download;
import io.lighterage.peer.swarm.GiveOut;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** A blob being fetched by a node. Guarded by the lock of {@link SwarmExchange}, but for what is final and thread-safe. */
final class Transfer {
    final StoredBlob blob;
    final Optional<BlobSource> source;
    final Download download;
    final BlobProgress progress = new BlobProgress();

    private final ChunkSet confirmed;

    /** Nodes that the supernode proposed for this blob. */
    final Set<UUID> proposed = new HashSet<>();

    /** Wants outstanding at the supernode that leave it the choice. */
    int choices;

    /** Until when the supernode will not choose, as it said. */
    long noChoiceUntilNs = Long.MIN_VALUE;

    /** Whether the connected supernode knows the blob, and what this node has of it. */
    boolean introduced;

    /** Whether the supernode has the node ask others for its one chunk, who pass it on. */
    boolean relayed;

    /** Whether nodes tell its table, because the supernode, if there is one, cannot read upstream. */
    boolean byNodes;

    /** Chunks received and being verified. */
    int verifying;

    /** When a chunk last came or the transfer began to want one, by {@link System#nanoTime}. */
    long lastArrivalNs = System.nanoTime();

    /** When the supernode was last asked about the blob. */
    long openedNs;

    /** When nothing was wanted any more. */
    long idleSinceNs = lastArrivalNs;

    /** Whether a thread reads upstream for this transfer. */
    boolean direct;

    /** Until when upstream is left alone, because it failed. */
    long noUpstreamUntilNs = Long.MIN_VALUE;

    /** Whether that thread reads because the supernode is there but does not deliver. */
    boolean starved;

    /** Whether the transfer is complete, failed or given up: it is no longer in the swarm. */
    boolean ended;

    Transfer(StoredBlob blob, Optional<BlobSource> source) {
        this.blob = blob;
        this.source = source;
        this.confirmed = new ChunkSet(blob.info().chunkCount());
        this.download = new Download(
                blob.info().digest(), blob.info().chunkLength(), blob.present(), blob.table().known(),
                System.nanoTime());
    }

    /** The supernode gave these entries; answers whether it has given all, so that none is merely provisional. */
    boolean confirm(ChunkSet entries) {
        confirmed.addAll(entries);
        return confirmed.isFull();
    }

    /** Whether the supernode takes the news of what is here for the end of the conversation. Under the lock. */
    boolean isTold() {
        return skipsSwarm() && download.isComplete();
    }

    /** Whether the supernode gives the blob to everybody itself. */
    boolean skipsSwarm() {
        return GiveOut.skipsSwarm(blob.info().chunkCount());
    }

    Digest digest() {
        return blob.info().digest();
    }
}
