package io.lighterage.peer.exchange;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoreException;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.store.WrongChunkException;
import io.lighterage.peer.swarm.Download;
import io.lighterage.peer.swarm.Pace;
import io.lighterage.peer.swarm.Share;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.Frame;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of a node in the swarm, and what changes it: chunks that come, wishes that come and go, links that open and
 * close, time. Everything mutable here, in {@link PeerLink}, {@link Transfer}, {@link Requests}, {@link News} and
 * {@code peer.swarm} is guarded by one lock, held for microseconds; decisions are those of {@code peer.swarm}. Disk work is
 * done outside of the lock.
 */
final class NodeSwarm {
    private static final Logger LOG = LoggerFactory.getLogger(NodeSwarm.class);

    private static final long REOPEN_NS = TimeUnit.MILLISECONDS.toNanos(Pace.REOPEN_MILLIS);
    private static final long LINGER_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long UPSTREAM_PAUSE_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long BAN_NS = TimeUnit.MINUTES.toNanos(10);

    final BlobStore store;
    final SwarmConfig config;
    final SwarmCounters counters = new SwarmCounters();
    final Optional<Upstream> upstream;
    final ScheduledExecutorService timer;
    final Uploads uploads;

    private final ReentrantLock lock = new ReentrantLock();
    private final Requests requests;
    private final Map<Connection, PeerLink> links = new LinkedHashMap<>();
    private final Map<Digest, Transfer> transfers = new LinkedHashMap<>();
    private final Map<UUID, Long> bannedUntilNs = new HashMap<>();
    private final ExecutorService workers;
    private PeerLink supernode;
    private long supernodeGoneNs = System.nanoTime();

    /** When a chunk of any transfer last came. */
    private long lastArrivalNs = System.nanoTime();

    private final News news = new News(links);
    private int ticks;
    private boolean closed;

    NodeSwarm(BlobStore store, SwarmConfig config, Optional<Upstream> upstream) {
        this.store = store;
        this.config = config;
        this.upstream = upstream;
        this.requests = new Requests(config, counters, links, transfers, () -> supernode);
        this.workers = Executors.newFixedThreadPool(
                config.workers(), Thread.ofPlatform().name("verify-", 0).daemon().factory());
        this.timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("swarm-timer").daemon().factory());
        this.uploads = new Uploads(store, config.uploads(), Optional.empty(), timer);
        timer.scheduleWithFixedDelay(this::tick, Pace.TICK_MILLIS, Pace.TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    // Links

    /** A connection opened; {@code link} stands for it from now on. */
    void joined(PeerLink link) {
        locked(() -> {
            links.put(link.connection, link);
            if (link.isSupernode()) {
                supernode = link;
                transfers.values().forEach(t -> subscribe(t, true));
            } else {
                UUID id = link.connection.peer().id();
                transfers.values().stream().filter(t -> t.proposed.contains(id)).forEach(t -> open(link, t));
            }
        });
    }

    /** A connection closed: what it owed is asked for elsewhere. Answers whether it was the supernode's. */
    boolean left(Connection connection) {
        uploads.leave(connection);
        return lockedGet(() -> {
            PeerLink link = links.remove(connection);
            if (link == null) {
                return false;
            }
            for (Transfer transfer : transfers.values()) {
                transfer.download.leave(link.neighbour);
                transfer.proposed.remove(connection.peer().id());
            }
            link.requests.values().stream().filter(r -> r.index() == Frame.ANY).forEach(r -> r.transfer().choices--);
            if (link == supernode) {
                supernode = null;
                supernodeGoneNs = System.nanoTime();
                transfers.values().forEach(t -> t.introduced = false);
            }
            requests.ask();
            return link.isSupernode();
        });
    }

    boolean isBanned(UUID peer) {
        return lockedGet(() -> bannedUntilNs.getOrDefault(peer, Long.MIN_VALUE) > System.nanoTime());
    }

    boolean isSupernodeThere() {
        return lockedGet(() -> supernode != null);
    }

    /** Whether the supernode has been away for longer than it is waited for. */
    boolean isSupernodeGone() {
        return lockedGet(() -> supernode == null
                && System.nanoTime() - supernodeGoneNs > config.supernodeGrace().toNanos());
    }

    /** Sends the supernode a frame; {@code false} if it is not there. */
    boolean tellSupernode(Frame frame) {
        return lockedGet(() -> {
            if (supernode == null) {
                return false;
            }
            supernode.connection.send(frame);
            return true;
        });
    }

    /** Sends a frame to every connected node that is not in {@code told}, which takes them in; answers how many. */
    int tellNodes(Frame frame, Set<PeerLink> told) {
        return lockedGet(() -> {
            List<PeerLink> nodes = links.values().stream().filter(l -> !l.isSupernode() && told.add(l)).toList();
            nodes.forEach(l -> l.connection.send(frame));
            return nodes.size();
        });
    }

    boolean isConnected(UUID peer) {
        return lockedGet(() -> links.values().stream().anyMatch(l -> l.connection.peer().id().equals(peer)));
    }

    /** Whether it is not closed; one that is would be asked in vain. Under the lock. */
    private boolean isOpen(PeerLink link) {
        return links.get(link.connection) == link;
    }

    Optional<PeerLink> link(Connection connection) {
        return lockedGet(() -> Optional.ofNullable(links.get(connection)));
    }

    // Transfers

    Optional<Transfer> transfer(Digest digest) {
        return lockedGet(() -> Optional.ofNullable(transfers.get(digest)));
    }

    int transferCount() {
        return lockedGet(transfers::size);
    }

    /**
     * The transfer of a blob in the store, begun if there is none.
     *
     * @param table whether the supernode is to send its table, though it may think that it did
     */
    Transfer begin(StoredBlob blob, Optional<BlobSource> source, boolean table) throws BlobUnavailableException {
        // What is there of the blob may have to be read from the disk first.
        return begin(new Transfer(blob, source), table);
    }

    /** The transfer of the same blob that there is, or else {@code transfer}, begun. */
    Transfer begin(Transfer transfer, boolean table) throws BlobUnavailableException {
        return lockedThrowing(() -> {
            if (closed) {
                throw new BlobUnavailableException("the exchange is closed");
            }
            Transfer known = transfers.get(transfer.digest());
            if (known != null) {
                return known;
            }
            transfers.put(transfer.digest(), transfer);
            if (supernode != null) {
                subscribe(transfer, table);
            }
            return transfer;
        });
    }

    /** Whether nodes tell the table of a transfer, because the supernode cannot. */
    boolean isByNodes(Transfer transfer) {
        return lockedGet(() -> transfer.byNodes);
    }

    /** Begins to want chunks of a transfer; empty if it has ended meanwhile and brings nothing any more. */
    Optional<Download.Demand> demand(Transfer transfer, int first, int end, Priority priority) {
        return lockedGet(() -> {
            if (transfer.ended && !transfer.download.isComplete()) {
                return Optional.empty();
            }
            if (!transfer.download.isWanting()) {
                transfer.lastArrivalNs = System.nanoTime();
            }
            Download.Demand demand = transfer.download.demand(first, end, priority);
            requests.ask();
            return Optional.of(demand);
        });
    }

    void advance(Download.Demand demand, int first) {
        locked(() -> demand.advance(first));
    }

    void end(Transfer transfer, Download.Demand demand) {
        locked(() -> {
            transfer.download.end(demand);
            transfer.idleSinceNs = System.nanoTime();
        });
    }

    /** Asks the supernode about a transfer. */
    private void subscribe(Transfer transfer, boolean table) {
        transfer.openedNs = System.nanoTime();
        supernode.opened.add(transfer.digest());
        supernode.connection.send(new Frame.Open(transfer.digest(), origin(transfer.source), table));
    }

    static Optional<Frame.Origin> origin(Optional<BlobSource> source) {
        return source.map(s -> new Frame.Origin(s.repository(), s.authorization()));
    }

    private void open(PeerLink link, Transfer transfer) {
        if (link.opened.add(transfer.digest())) {
            link.connection.send(new Frame.Open(transfer.digest(), Optional.empty(), transfer.byNodes));
        }
    }

    /** The supernode proposes a node for a blob; answers whether a connection to it is still to be opened. */
    boolean proposed(Digest digest, UUID peer) {
        return lockedGet(() -> {
            Transfer transfer = transfers.get(digest);
            if (transfer == null || !transfer.proposed.add(peer)) {
                return false;
            }
            Optional<PeerLink> link = links.values().stream().filter(l -> l.connection.peer().id().equals(peer)).findAny();
            link.ifPresent(l -> open(l, transfer));
            return link.isEmpty();
        });
    }

    /** The supernode says which chunks of a blob this node is to bring into its rack. */
    void share(Frame.Peers peers) {
        locked(() -> {
            Transfer transfer = transfers.get(peers.digest());
            if (transfer != null) {
                transfer.download.share(new Share(peers.share(), peers.shares()));
                requests.ask();
            }
        });
    }

    /** A proposed node could not be reached; it may be by the time that it is proposed again. */
    void unreachable(UUID peer) {
        locked(() -> transfers.values().forEach(t -> t.proposed.remove(peer)));
    }

    // What others say

    /** The other side wants to be told of a blob: it is told what is here, and asked in turn. */
    void opened(PeerLink link, Frame.Open open) {
        Optional<StoredBlob> blob = store.find(open.digest());
        if (open.table() && blob.isPresent() && blob.get().isVerified() && blob.get().table().isComplete()) {
            Tables.send(blob.get(), blob.get().table().known(), link.connection);
        }
        // First the interest, then the look, which may read the disk: so no chunk that comes in between is kept quiet.
        locked(() -> {
            link.interested(open.digest());
            Transfer transfer = transfers.get(open.digest());
            if (transfer != null && !link.isSupernode()) {
                open(link, transfer);
            }
        });
        blob.map(StoredBlob::present).filter(p -> !p.isEmpty())
                .ifPresent(present -> link.connection.send(new Frame.Have(open.digest(), present)));
    }

    void closed(PeerLink link, Digest digest) {
        uploads.close(link.connection, digest);
        locked(() -> link.notInterested(digest));
    }

    /** A trusted or provisional table entry came for a transfer; entries from nodes count only without a supernode. */
    void learned(PeerLink link, Transfer transfer, Frame.Table table) throws StoreException {
        if (!link.isSupernode() && isSupernodeThere() && !isByNodes(transfer)) {
            return;
        }
        transfer.blob.learn(table.first(), table.hashes());
        ChunkSet known = new ChunkSet(transfer.blob.info().chunkCount());
        for (int i = 0; i < table.hashes().length / Digest.BYTES; i++) {
            known.add(table.first() + i);
        }
        if (link.isSupernode() && lockedGet(() -> transfer.confirm(known))) {
            transfer.blob.setVerified();
        }
        locked(() -> {
            transfer.download.askable(known, System.nanoTime());
            if (link.isSupernode() && isOpen(link)) {
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
        locked(() -> transfer.download.askable(known, System.nanoTime()));
    }

    void holds(PeerLink link, Frame.Have have) {
        locked(() -> {
            Transfer transfer = transfers.get(have.digest());
            if (transfer != null) {
                if (have.chunks().size() != transfer.blob.info().chunkCount()) {
                    link.connection.close("says that " + have.digest() + " has " + have.chunks().size() + " chunks");
                    return;
                }
                if (isOpen(link)) {
                    transfer.download.holds(link.neighbour, have.chunks());
                }
                requests.askIfRoom();
            }
        });
    }

    void busy(PeerLink link, Frame.Busy busy) {
        long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(busy.retryAfterMillis());
        locked(() -> {
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

    /** Upstream refuses the blob to this node: whoever waits for it is told, unless others have what is missing. */
    void refused(Digest digest, Frame.Refusal refusal) {
        Transfer transfer = lockedGet(() -> transfers.get(digest));
        if (transfer != null && !transfer.blob.isComplete()
                && !(refusal.isOutage() && lockedGet(() -> goOnWithoutUpstream(transfer)))) {
            fail(transfer, new BlobRefusedException(digest, refusal));
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
            for (PeerLink link : links.values()) {
                if (!link.isSupernode() && link.opened.remove(transfer.digest())) {
                    open(link, transfer);
                }
            }
        }
        if (supernode != null) {
            supernode.requests.values().removeIf(r -> r.transfer() == transfer && r.index() == Frame.ANY);
        }
        requests.ask();
        return true;
    }

    /** Takes a chunk that came; owns {@code data}. */
    void received(PeerLink link, Frame.Chunk chunk) {
        ByteBuf data = chunk.data();
        Transfer transfer = lockedGet(() -> {
            PeerLink.Request request = link.requests.remove(chunk.request());
            if (request == null) {
                return null;
            }
            Transfer wanted = request.transfer();
            boolean chosen = request.index() == Frame.ANY;
            if (chosen) {
                wanted.choices--;
            }
            if (!wanted.digest().equals(chunk.digest())
                    || chunk.index() >= wanted.blob.info().chunkCount()
                    || !chosen && request.index() != chunk.index()) {
                link.connection.close("sent another chunk than it was asked for");
                return null;
            }
            if (!answered(link, wanted, chunk.index(), chosen)) {
                requests.ask();
                return null;
            }
            wanted.verifying++;
            requests.ask();
            return wanted;
        });
        if (transfer == null) {
            data.release();
            return;
        }
        try {
            workers.execute(() -> verify(link, transfer, chunk.index(), data));
        } catch (RejectedExecutionException e) {
            LOG.debug("a chunk of {} came when the exchange was closed", chunk.digest());
            data.release();
        }
    }

    private boolean answered(PeerLink link, Transfer transfer, int index, boolean chosen) {
        long nowNs = System.nanoTime();
        long latencyNs = transfer.download.received(link.neighbour, index, nowNs);
        if (latencyNs < 0 || transfer.ended) {
            return false;
        }
        requests.answered(transfer, index, chosen, latencyNs);
        return true;
    }

    private void verify(PeerLink link, Transfer transfer, int index, ByteBuf data) {
        int length = data.readableBytes();
        try {
            transfer.blob.write(index, data.nioBuffer());
            counters.received(link.isSupernode(), length);
            arrived(transfer, index);
        } catch (WrongChunkException e) {
            lost(transfer, index);
            blame(link, transfer, e);
        } catch (StoreException | RuntimeException e) {
            lost(transfer, index);
            fail(transfer, new BlobUnavailableException("blob " + transfer.digest() + " cannot be stored: " + e.getMessage(), e));
        } finally {
            data.release();
            locked(() -> {
                transfer.verifying--;
                requests.askIfHeldBack();
            });
        }
    }

    private void lost(Transfer transfer, int index) {
        locked(() -> {
            transfer.download.lost(index);
            requests.ask();
        });
    }

    /** Chunk {@code index} is usable: readers go on, others are told. */
    void arrived(Transfer transfer, int index) {
        boolean complete = lockedGet(() -> {
            transfer.download.arrived(index);
            lastArrivalNs = System.nanoTime();
            transfer.lastArrivalNs = lastArrivalNs;
            OptionalLong waitMillis = news.add(transfer, index);
            if (waitMillis.isPresent() && !closed) {
                timer.schedule(() -> locked(news::tell), waitMillis.getAsLong(), TimeUnit.MILLISECONDS);
            }
            boolean last = transfer.download.isComplete() && !transfer.ended;
            transfer.ended |= last;
            return last;
        });
        transfer.progress.arrived(index);
        if (complete) {
            complete(transfer);
        }
    }

    private void complete(Transfer transfer) {
        locked(() -> release(transfer));
        if (!transfer.blob.isVerified()) {
            workers.execute(() -> Provisional.check(this, transfer));
        }
    }

    private void blame(PeerLink link, Transfer transfer, WrongChunkException why) {
        counters.wrongChunk();
        if (!transfer.blob.isVerified() && (!isSupernodeThere() || isByNodes(transfer))) {
            // The table itself may be what is wrong: Provisional.check decides when the blob is whole.
            LOG.warn("{} does not fit the provisional table, from {}", why.getMessage(), link.connection.remoteAddress());
        } else {
            LOG.warn("wrong bytes from {}: {}", link.connection.remoteAddress(), why.getMessage());
        }
        locked(() -> {
            long nowNs = System.nanoTime();
            bannedUntilNs.values().removeIf(untilNs -> untilNs <= nowNs);
            bannedUntilNs.put(link.connection.peer().id(), nowNs + BAN_NS);
        });
        link.connection.close("sent wrong bytes");
    }

    /** Ends a transfer: every reader of it gets {@code why}. What is in the store stays for the next try. */
    void fail(Transfer transfer, BlobUnavailableException why) {
        locked(() -> release(transfer));
        transfer.progress.failed(why);
    }

    /** Takes a transfer out of the swarm: nothing of it is outstanding any more, and nobody need tell of it. Under the lock. */
    private void release(Transfer transfer) {
        transfer.ended = true;
        transfers.remove(transfer.digest(), transfer);
        for (PeerLink link : links.values()) {
            transfer.download.leave(link.neighbour);
            link.requests.values().removeIf(r -> r.transfer() == transfer);
            if (link.opened.remove(transfer.digest())) {
                link.connection.send(new Frame.Close(transfer.digest()));
            }
        }
    }

    // Time

    private void tick() {
        try {
            List<Transfer> forUpstream = new ArrayList<>();
            boolean calm = lockedGet(() -> transfers.values().stream().noneMatch(t -> t.download.isUrgent()));
            if (calm && ++ticks % Pace.CALM_TICKS != 0) {
                return;
            }
            locked(() -> {
                long nowNs = System.nanoTime();
                for (Transfer transfer : List.copyOf(transfers.values())) {
                    if (transfer.download.isWanting()) {
                        press(transfer, nowNs, forUpstream);
                    } else if (transfer.verifying == 0 && nowNs - transfer.idleSinceNs > LINGER_NS
                            && !transfer.download.hasDemands()) {
                        // Nobody has wanted anything of it for a while.
                        release(transfer);
                    }
                }
                requests.ask();
            });
            uploads.pump();
            forUpstream.forEach(t -> Thread.ofVirtual().name("upstream-" + t.digest().hex().substring(0, 12))
                    .start(new DirectReader(this, t)));
        } catch (RuntimeException e) {
            LOG.error("the exchange's timer failed", e);
        }
    }

    /**
     * Makes late answers come from elsewhere. A transfer counts as stalled only while nothing at all comes: as long as the
     * links carry other blobs of the same pull, this one waits for its turn at the supernode, and asking for it twice would
     * delay everybody.
     */
    private void press(Transfer transfer, long nowNs, List<Transfer> forUpstream) {
        requests.hedge(transfer, nowNs);
        long stallNs = config.stall().toNanos();
        long waitedNs = nowNs - Math.max(transfer.lastArrivalNs, Math.min(lastArrivalNs, transfer.lastArrivalNs + Pace.PATIENCE * stallNs));
        if (supernode != null && nowNs - transfer.openedNs > Math.max(REOPEN_NS, stallNs) && waitedNs > stallNs) {
            subscribe(transfer, true);
        }
        if (waitedNs > stallNs) {
            requests.insist(transfer, nowNs);
        }
        if (waitedNs > 4 * stallNs) {
            requests.giveUp(transfer, transfer.download.overdue(nowNs - 4 * stallNs));
        }
        int missing = transfer.download.firstMissing();
        boolean starved = missing >= 0 && waitedNs > 4 * stallNs && transfer.download.isAskable(missing);
        boolean gone = supernode == null && nowNs - supernodeGoneNs > config.supernodeGrace().toNanos();
        boolean possible = upstream.isPresent() && transfer.source.isPresent() && nowNs >= transfer.noUpstreamUntilNs;
        if ((gone || starved) && !transfer.direct && missing >= 0 && possible) {
            transfer.direct = true;
            transfer.starved = starved;
            forUpstream.add(transfer);
        }
    }

    /** Reserves the next run of chunks that a reader of upstream should fetch; empty when it should stop. */
    Optional<int[]> reserveForUpstream(Transfer transfer, int most) {
        return lockedGet(() -> {
            int first = transfer.download.firstMissing();
            if (transfer.ended || first < 0 || supernode != null && !transfer.starved) {
                transfer.direct = false;
                return Optional.empty();
            }
            int run = transfer.download.missingRun(first, most);
            for (int i = 0; i < run; i++) {
                transfer.download.reserve(first + i, System.nanoTime());
            }
            return Optional.of(new int[] {first, run});
        });
    }

    /**
     * Upstream does not give the run that {@link #reserveForUpstream} reserved.
     *
     * @param last whether the transfer is to fail though other nodes may have what is missing
     */
    void upstreamFailed(Transfer transfer, int first, int run, BlobUnavailableException why, boolean last) {
        boolean hopeless = lockedGet(() -> {
            int missing = -1;
            for (int i = first + run - 1; i >= first; i--) {
                if (!transfer.download.present().contains(i)) {
                    transfer.download.lost(i);
                    missing = i;
                }
            }
            transfer.direct = false;
            transfer.noUpstreamUntilNs = System.nanoTime() + UPSTREAM_PAUSE_NS;
            requests.ask();
            return last || missing >= 0 && !transfer.download.isAtNodes(missing);
        });
        if (hopeless) {
            fail(transfer, why);
        }
    }

    boolean isClosed() {
        return lockedGet(() -> closed);
    }

    /** Ends the threads of a swarm that never came to work. */
    void closeNow() {
        timer.shutdownNow();
        workers.shutdownNow();
    }

    void close(Duration deadline) throws InterruptedException {
        List<Transfer> open = lockedGet(() -> {
            closed = true;
            return List.copyOf(transfers.values());
        });
        open.forEach(t -> fail(t, new BlobUnavailableException("the exchange is closed")));
        timer.shutdownNow();
        workers.shutdown();
        if (!workers.awaitTermination(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
            LOG.warn("chunks are still being verified {} after the exchange was closed", deadline);
        }
    }

    // The lock

    private interface Action<T, E extends Exception> {
        T run() throws E;
    }

    private void locked(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }

    private <T> T lockedGet(java.util.function.Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    private <T, E extends Exception> T lockedThrowing(Action<T, E> action) throws E {
        lock.lock();
        try {
            return action.run();
        } finally {
            lock.unlock();
        }
    }
}
