package io.lighterage.peer.exchange;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.store.StoreException;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.swarm.Download;
import io.lighterage.peer.swarm.GiveOut;
import io.lighterage.peer.swarm.Pace;
import io.lighterage.peer.wire.Frame;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What other hosts say of blobs, and what follows from it for a node: what they want to know, what they have or know of
 * it, and what they will not or cannot give. It shares {@link SwarmState} and its lock with {@link NodeSwarm}.
 */
final class Statements {
    private static final Logger LOG = LoggerFactory.getLogger(Statements.class);
    private static final long RELAY_PATIENCE_NS = TimeUnit.MILLISECONDS.toNanos(Pace.RELAY_PATIENCE_MILLIS);

    private final NodeSwarm swarm;
    private final SwarmState state;
    private final Requests requests;

    Statements(NodeSwarm swarm, SwarmState state, Requests requests) {
        this.swarm = swarm;
        this.state = state;
        this.requests = requests;
    }

    /** The other side wants to be told of a blob: it is told what is here, and asked in turn. */
    void opened(PeerLink link, Frame.Open open) {
        Optional<StoredBlob> blob = swarm.store.find(open.digest());
        if (open.table() && blob.isPresent() && blob.get().isVerified() && blob.get().table().isComplete()) {
            Tables.send(blob.get(), blob.get().table().known(), link.connection);
        }
        // First the interest, then the look, which may read the disk: so no chunk that comes in between is kept quiet.
        state.locked(() -> {
            link.interested(open.digest());
            Transfer transfer = state.transfers.get(open.digest());
            if (transfer != null && !link.isSupernode()) {
                swarm.inquiries.open(link, transfer);
            }
        });
        blob.map(StoredBlob::present).filter(p -> !p.isEmpty())
                .ifPresent(present -> link.connection.send(new Frame.Have(open.digest(), present)));
    }

    /** The other side wants the one chunk of a blob that the supernode has it ask for here, perhaps before it is here. */
    void relay(PeerLink link, Digest digest, int request) throws InterruptedException {
        Optional<Transfer> running = swarm.transfer(digest).filter(Transfer::skipsSwarm);
        try {
            if (running.isPresent()) {
                running.get().progress.await(running.get().blob, 0, System.nanoTime() + RELAY_PATIENCE_NS, () -> false);
            }
        } catch (BlobUnavailableException e) {
            LOG.debug("cannot pass {} on to {}: {}", digest, link.connection.remoteAddress(), e.getMessage());
        }
        if (swarm.store.find(digest).filter(blob -> GiveOut.skipsSwarm(blob.info().chunkCount())).isPresent()) {
            swarm.uploads.want(link.connection, new Frame.Want(request, digest, 0, Priority.PREFETCH));
        } else {
            link.connection.send(new Frame.Busy(request, Pace.RELAY_MILLIS));
        }
    }

    /** A node does not let this one read a blob: it is no source of it. */
    void refusedBy(PeerLink link, Digest digest) {
        state.locked(() -> {
            Transfer transfer = state.transfers.get(digest);
            if (transfer != null) {
                link.requests.values().removeIf(r -> r.transfer() == transfer);
                transfer.download.leave(link.neighbour);
                requests.ask();
            }
        });
    }

    void closed(PeerLink link, Digest digest) {
        swarm.uploads.close(link.connection, digest);
        state.locked(() -> link.notInterested(digest));
    }

    /** A trusted or provisional table entry came for a transfer; entries from nodes count only without a supernode. */
    void learned(PeerLink link, Transfer transfer, Frame.Table table) throws StoreException {
        if (!link.isSupernode() && swarm.isSupernodeThere() && !swarm.isByNodes(transfer)) {
            return;
        }
        transfer.blob.learn(table.first(), table.hashes());
        ChunkSet known = new ChunkSet(transfer.blob.info().chunkCount());
        for (int i = 0; i < table.hashes().length / Digest.BYTES; i++) {
            known.add(table.first() + i);
        }
        if (link.isSupernode() && state.lockedGet(() -> transfer.confirm(known))) {
            transfer.blob.setVerified();
        }
        state.locked(() -> {
            transfer.download.askable(known, System.nanoTime());
            if (link.isSupernode() && state.isOpen(link)) {
                transfer.byNodes = false;
                // The supernode gives out an entry when it holds the chunk.
                transfer.download.holds(link.neighbour, known);
                introduce(link, transfer);
            }
            requests.ask();
        });
        transfer.progress.learned();
    }

    /** The supernode knows the blob now: before it chooses chunks for this node it is told what is here already. */
    private void introduce(PeerLink link, Transfer transfer) {
        if (!transfer.introduced) {
            transfer.introduced = true;
            if (!transfer.download.present().isEmpty()) {
                link.connection.send(new Frame.Have(transfer.digest(), transfer.download.present().copy()));
            }
        }
    }

    /** Table entries of a transfer came to be known here. */
    void askable(Transfer transfer, ChunkSet known) {
        state.locked(() -> transfer.download.askable(known, System.nanoTime()));
        transfer.progress.learned();
    }

    void holds(PeerLink link, Frame.Have have) {
        state.locked(() -> {
            Transfer transfer = state.transfers.get(have.digest());
            if (transfer != null) {
                if (have.chunks().size() != transfer.blob.info().chunkCount()) {
                    link.connection.close("says that " + have.digest() + " has " + have.chunks().size() + " chunks");
                    return;
                }
                if (state.isOpen(link)) {
                    transfer.download.holds(link.neighbour, have.chunks());
                }
                requests.askIfRoom();
            }
        });
    }

    void busy(PeerLink link, Frame.Busy busy) {
        long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(busy.retryAfterMillis());
        state.locked(() -> {
            PeerLink.Request request = link.requests.remove(busy.request());
            if (request == null) {
                return;
            }
            if (request.index() == Frame.ANY) {
                request.transfer().choices--;
                request.transfer().noChoiceUntilNs = untilNs;
            } else {
                request.transfer().download.refused(link.neighbour, request.index());
                link.neighbour.block(untilNs);
            }
            requests.ask();
        });
    }

    /** The supernode has just sent the chunk to others: they will have it soon, else it is asked again. */
    void later(PeerLink link, Frame.Later later) {
        long waitNs = TimeUnit.MILLISECONDS.toNanos(later.retryAfterMillis());
        state.locked(() -> {
            PeerLink.Request request = link.requests.remove(later.request());
            if (request == null || state.closed) {
                return;
            }
            Transfer transfer = request.transfer();
            Download download = transfer.download;
            if (request.index() == Frame.ANY) {
                transfer.choices--;
                transfer.relayed = true;
                transfer.noChoiceUntilNs = System.nanoTime() + waitNs;
                download.spreads(0, transfer.noChoiceUntilNs);
                return;
            }
            download.refused(link.neighbour, request.index());
            download.spreads(request.index(), System.nanoTime() + waitNs);
            swarm.timer.schedule(() -> state.locked(requests::ask), waitNs, TimeUnit.NANOSECONDS);
            requests.ask();
        });
    }

    /** Upstream refuses the blob to this node: whoever waits for it is told, unless others have what is missing. */
    void refused(Digest digest, Frame.Refusal refusal) {
        Transfer transfer = state.lockedGet(() -> state.transfers.get(digest));
        if (transfer != null && refusal.status() == 404) {
            transfer.source.ifPresent(source -> swarm.grants.links().remove(source.repository(), digest));
        }
        if (transfer != null && !transfer.blob.isComplete()
                && !(refusal.isOutage() && state.lockedGet(() -> goOnWithoutUpstream(transfer)))) {
            state.fail(transfer, new BlobRefusedException(digest, refusal));
        }
    }

    /** The supernode has forgotten this node's wishes; answers whether they may be had nevertheless. */
    private boolean goOnWithoutUpstream(Transfer transfer) {
        if (!transfer.byNodes && !transfer.download.isHeldByOthers()) {
            return false;
        }
        transfer.introduced = false;
        transfer.choices = 0;
        if (!transfer.byNodes) {
            // The rest of the table has to come from nodes too.
            transfer.byNodes = true;
            for (PeerLink link : state.links.values()) {
                if (!link.isSupernode() && link.opened.remove(transfer.digest())) {
                    swarm.inquiries.open(link, transfer);
                }
            }
        }
        if (state.supernode != null) {
            state.supernode.requests.values().removeIf(r -> r.transfer() == transfer && r.index() == Frame.ANY);
        }
        requests.ask();
        return true;
    }
}
