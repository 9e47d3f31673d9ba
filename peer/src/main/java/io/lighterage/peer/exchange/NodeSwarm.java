package io.lighterage.peer.exchange;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.grant.GrantBook;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.swarm.Demand;
import io.lighterage.peer.swarm.Share;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.Frame;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/**
 * A node in the swarm: its links and its transfers. Chunks that come are for {@link Arrivals}, what else others say is for
 * {@link Statements}, what is asked of them is in {@link Inquiries} and {@link Requests}, and {@link Impatience} looks at
 * the time; all of them share {@link SwarmState} and its lock. Decisions are those of {@code peer.swarm}.
 */
final class NodeSwarm {
    final BlobStore store;
    final GrantBook grants;
    final SwarmCounters counters = new SwarmCounters();
    final Optional<Upstream> upstream;
    final ScheduledExecutorService timer;
    final Uploads uploads;
    final Inquiries inquiries;
    final Arrivals arrivals;
    final Impatience impatience;
    final Statements statements;

    private final SwarmConfig config;
    private final SwarmState state = new SwarmState();
    private final Requests requests;

    NodeSwarm(BlobStore store, SwarmConfig config, Optional<Upstream> upstream, GrantBook grants) {
        this.store = store;
        this.grants = grants;
        grants.alone(true);
        this.config = config;
        this.upstream = upstream;
        this.timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("swarm-timer").daemon().factory());
        this.uploads = new Uploads(store, config.uploads(), Optional.empty(), timer);
        this.inquiries = new Inquiries(state, grants);
        this.requests = new Requests(config, counters, state, inquiries);
        this.arrivals = new Arrivals(state, requests, store, counters, timer, config.workers());
        this.impatience = new Impatience(
                state, requests, inquiries, config, uploads, upstream.map(u -> this::readUpstream));
        this.statements = new Statements(this, state, requests);
        impatience.begin(timer);
    }

    private void readUpstream(Transfer transfer) {
        Thread.ofVirtual()
                .name("upstream-" + transfer.digest().hex().substring(0, 12))
                .start(new DirectReader(this, transfer));
    }

    // Links

    /** A connection opened; {@code link} stands for it from now on. */
    void joined(PeerLink link) {
        state.locked(() -> {
            state.links.put(link.connection, link);
            state.neighbourhood.join(link.neighbour);
            if (link.isSupernode()) {
                state.supernode = link;
                grants.alone(false);
                state.transfers.values().forEach(t -> inquiries.subscribe(t, true));
            } else {
                UUID id = link.connection.peer().id();
                state.transfers.values().stream()
                        .filter(t -> t.proposed.contains(id))
                        .forEach(t -> turnTo(link, t));
            }
        });
    }

    /** A connection closed: what it owed is asked for elsewhere. Answers whether it was the supernode's. */
    boolean left(Connection connection) {
        uploads.leave(connection);
        return state.lockedGet(() -> {
            PeerLink link = state.links.remove(connection);
            if (link == null) {
                return false;
            }
            for (Transfer transfer : state.transfers.values()) {
                transfer.download.leave(link.neighbour);
                transfer.proposed.remove(connection.peer().id());
            }
            state.neighbourhood.leave(link.neighbour);
            link.requests.values().stream().filter(r -> r.index() == Frame.ANY).forEach(r -> r.transfer().choices--);
            if (link == state.supernode) {
                state.supernode = null;
                grants.alone(true);
                state.supernodeGoneNs = System.nanoTime();
                state.transfers.values().forEach(t -> t.introduced = false);
            }
            requests.ask();
            return link.isSupernode();
        });
    }

    boolean isSupernodeThere() {
        return state.lockedGet(() -> state.supernode != null);
    }

    /** Whether the supernode has been away for longer than it is waited for. */
    boolean isSupernodeGone() {
        return state.lockedGet(() -> state.isSupernodeGone(config.supernodeGrace(), System.nanoTime()));
    }

    /** Sends the supernode a frame; {@code false} if it is not there. */
    boolean tellSupernode(Frame frame) {
        return state.lockedGet(() -> {
            if (state.supernode == null) {
                return false;
            }
            state.supernode.connection.send(frame);
            return true;
        });
    }

    boolean isConnected(UUID peer) {
        return state.lockedGet(() -> linkTo(peer).isPresent());
    }

    private Optional<PeerLink> linkTo(UUID peer) {
        return state.links.values().stream()
                .filter(link -> link.connection.peer().id().equals(peer))
                .findAny();
    }

    Optional<PeerLink> link(Connection connection) {
        return state.lockedGet(() -> Optional.ofNullable(state.links.get(connection)));
    }

    // Transfers

    Optional<Transfer> transfer(Digest digest) {
        return state.lockedGet(() -> Optional.ofNullable(state.transfers.get(digest)));
    }

    int transferCount() {
        return state.lockedGet(state.transfers::size);
    }

    /**
     * The transfer of a blob in the store, begun if there is none.
     *
     * @param table whether the supernode is to send its table, though it may think that it did
     */
    Transfer begin(StoredBlob blob, Optional<BlobSource> source, boolean table) throws BlobUnavailableException {
        // What is there of the blob may have to be read from the disk first.
        return begin(new Transfer(blob, source), table, Optional.empty());
    }

    /**
     * The transfer of the same blob that there is, or else {@code transfer}, begun.
     *
     * @param by who has just answered what the blob is; the supernode is asked once more, since it proposes nodes only
     *     to a transfer, unless it gives the blob to everybody itself
     */
    Transfer begin(Transfer transfer, boolean table, Optional<PeerLink> by) throws BlobUnavailableException {
        return state.lockedThrowing(() -> {
            if (state.closed) {
                throw new BlobUnavailableException("the exchange is closed");
            }
            Transfer known = state.transfers.get(transfer.digest());
            if (known != null) {
                return known;
            }
            state.transfers.put(transfer.digest(), transfer);
            boolean answered = by.isPresent() && by.get() == state.supernode;
            if (answered && transfer.skipsSwarm()) {
                inquiries.subscribed(transfer);
            } else if (state.supernode != null) {
                inquiries.subscribe(transfer, table);
            }
            return transfer;
        });
    }

    /** Whether nodes tell the table of a transfer, because the supernode cannot. */
    boolean isByNodes(Transfer transfer) {
        return state.lockedGet(() -> transfer.byNodes);
    }

    /** Whether nobody but this node makes the table of a transfer, by making the blob. */
    boolean isMadeHere(Transfer transfer) {
        boolean canBeMade = upstream.isPresent() && upstream.get().isMade(transfer.digest());
        return canBeMade && isSupernodeGone() && !isByNodes(transfer);
    }

    /** Whether a transfer is over. */
    boolean isEnded(Transfer transfer) {
        return state.lockedGet(() -> transfer.ended);
    }

    /** Begins to want chunks of a transfer; empty if it has ended meanwhile and brings nothing any more. */
    Optional<Demand> demand(Transfer transfer, int first, int end, Priority priority) {
        return state.lockedGet(() -> {
            if (transfer.ended && !transfer.download.isComplete()) {
                return Optional.empty();
            }
            if (!transfer.download.isWanting()) {
                transfer.lastArrivalNs = System.nanoTime();
            }
            Demand demand = transfer.download.demand(first, end, priority);
            requests.ask();
            return Optional.of(demand);
        });
    }

    void advance(Demand demand, int first) {
        state.locked(() -> demand.advance(first));
    }

    void end(Transfer transfer, Demand demand) {
        state.locked(() -> {
            transfer.download.end(demand);
            transfer.idleSinceNs = System.nanoTime();
        });
    }

    /** The supernode proposes a node for a blob; answers whether a connection to it is still to be opened. */
    boolean proposed(Digest digest, UUID peer) {
        return state.lockedGet(() -> {
            Transfer transfer = state.transfers.get(digest);
            if (transfer == null || !transfer.proposed.add(peer)) {
                return false;
            }
            Optional<PeerLink> link = linkTo(peer);
            link.ifPresent(l -> turnTo(l, transfer));
            return link.isEmpty();
        });
    }

    /** A node that the supernode proposed for a transfer is connected. */
    private void turnTo(PeerLink link, Transfer transfer) {
        if (transfer.relayed) {
            transfer.download.holds(link.neighbour, ChunkSet.full(1));
            requests.ask();
        } else {
            inquiries.open(link, transfer);
        }
    }

    /** The supernode says which chunks of a blob this node is to bring into its rack. */
    void share(Frame.Peers peers) {
        state.locked(() -> {
            Transfer transfer = state.transfers.get(peers.digest());
            if (transfer != null) {
                transfer.download.share(new Share(peers.share(), peers.shares()));
                requests.ask();
            }
        });
    }

    /** A proposed node could not be reached; it may be by the time that it is proposed again. */
    void unreachable(UUID peer) {
        state.locked(() -> state.transfers.values().forEach(t -> t.proposed.remove(peer)));
    }

    boolean isClosed() {
        return state.lockedGet(() -> state.closed);
    }

    /** Ends the threads of a swarm that never came to work. */
    void closeNow() {
        timer.shutdownNow();
        arrivals.closeNow();
    }

    void close(Duration deadline) throws InterruptedException {
        List<Transfer> open = state.lockedGet(() -> {
            state.closed = true;
            return List.copyOf(state.transfers.values());
        });
        open.forEach(t -> state.fail(t, new BlobUnavailableException("the exchange is closed")));
        timer.shutdownNow();
        arrivals.close(deadline);
    }

    /** Ends a transfer: every reader of it gets {@code why}. What is in the store stays for the next try. */
    void fail(Transfer transfer, BlobUnavailableException why) {
        state.fail(transfer, why);
    }
}
