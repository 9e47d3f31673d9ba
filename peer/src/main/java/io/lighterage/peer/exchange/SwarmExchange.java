package io.lighterage.peer.exchange;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.grant.GrantBook;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoreException;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.swarm.Demand;
import io.lighterage.peer.wire.Hello;
import io.lighterage.peer.wire.Transport;
import io.lighterage.peer.wire.WireConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's exchange: reads from the store, from other nodes, from the supernode, and last from upstream itself.
 */
public final class SwarmExchange implements Exchange {
    private static final Logger LOG = LoggerFactory.getLogger(SwarmExchange.class);
    private static final Duration OPEN_DEADLINE = Duration.ofSeconds(60);
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(5);

    private final BlobStore store;
    private final NodeSwarm swarm;
    private final Transport transport;
    private final TableReception tables;
    private final Openings openings;
    private final Optional<SupernodeDialer> dialer;

    private SwarmExchange(
            BlobStore store,
            NodeSwarm swarm,
            Transport transport,
            TableReception tables,
            Openings openings,
            Optional<SupernodeDialer> dialer) {
        this.store = store;
        this.swarm = swarm;
        this.transport = transport;
        this.tables = tables;
        this.openings = openings;
        this.dialer = dialer;
    }

    /**
     * Starts a node's exchange. It is of use at once, whether or not the supernode can be reached.
     *
     * @param self how the node introduces itself
     * @param supernode where the supernode is; without one everything comes from upstream
     * @param upstream the registries, for when nobody else has a blob
     * @param grants decides what other nodes may read here, and holds what this one may read there
     * @throws IOException if the exchange port cannot be bound
     */
    public static SwarmExchange start(
            SwarmConfig config,
            WireConfig wire,
            Hello self,
            BlobStore store,
            Optional<SupernodeLocator> supernode,
            Optional<Upstream> upstream,
            GrantBook grants)
            throws IOException {
        NodeSwarm swarm = new NodeSwarm(store, config, upstream, grants);
        TableReception tables = new TableReception(swarm);
        Openings openings = new Openings(swarm, tables);
        NodeListener listener = new NodeListener(swarm, openings, tables, store);
        Transport transport;
        try {
            transport = Transport.start(wire, self, listener);
        } catch (IOException e) {
            swarm.closeNow();
            throw e;
        }
        Optional<SupernodeDialer> dialer = supernode.map(s -> new SupernodeDialer(s, transport, swarm));
        listener.start(transport, dialer);
        dialer.ifPresent(SupernodeDialer::start);
        return new SwarmExchange(store, swarm, transport, tables, openings, dialer);
    }

    /** The node's end of the wire. */
    public Transport transport() {
        return transport;
    }

    /** Whether the supernode is connected. */
    public boolean hasSupernode() {
        return swarm.isSupernodeThere();
    }

    @Override
    public BlobInfo describe(Digest digest, Optional<BlobSource> source, Duration deadline)
            throws BlobUnavailableException, InterruptedException {
        Optional<StoredBlob> stored = store.find(digest);
        if (stored.isPresent()) {
            return stored.get().info();
        }
        return openings.open(digest, source, deadline).blob.info();
    }

    @Override
    public BlobStream stream(Digest digest, ByteRange range, Optional<BlobSource> source, Priority priority)
            throws BlobUnavailableException, InterruptedException {
        Optional<StoredBlob> stored = store.find(digest);
        if (stored.isPresent() && stored.get().isComplete() && isConfirmed(stored.get())) {
            stored.get().touch();
            return new StoredBlobStream(stored.get(), range, new BlobProgress(), index -> {}, () -> {});
        }
        while (true) {
            Transfer transfer = openings.open(digest, source, OPEN_DEADLINE);
            transfer.blob.touch();
            BlobInfo info = transfer.blob.info();
            if (range.end() > info.length()) {
                throw new IllegalArgumentException(
                        "blob " + digest + " has " + info.length() + " bytes, not " + range.end());
            }
            if (range.length() == 0) {
                return new StoredBlobStream(transfer.blob, range, transfer.progress, index -> {}, () -> {});
            }
            Optional<Demand> demand =
                    swarm.demand(transfer, info.chunkAt(range.offset()), info.chunkAt(range.end() - 1) + 1, priority);
            if (demand.isPresent()) {
                return new StoredBlobStream(
                        transfer.blob, range, transfer.progress,
                        index -> swarm.advance(demand.get(), index),
                        () -> swarm.end(transfer, demand.get()));
            }
            // It was given up for want of readers, or failed, at this very moment: ask anew.
        }
    }

    @Override
    public void trust(BlobInfo blob, Digest table, Optional<BlobSource> source, Duration deadline)
            throws BlobUnavailableException, InterruptedException {
        long deadlineNs = System.nanoTime() + deadline.toNanos();
        StoredBlob stored = store.find(blob.digest()).orElse(null);
        if (stored == null || stored.info().equals(blob) && !stored.table().isComplete()) {
            Transfer transfer = openings.open(blob.digest(), source, deadline);
            stored = transfer.blob;
            awaitTable(transfer, deadlineNs);
        }
        if (!stored.info().equals(blob) || !stored.table().digest().equals(table)) {
            String why = "its table is not the one that its device map names";
            tables.drop(blob.digest(), why);
            throw new BlobUnavailableException("blob " + blob.digest() + " was withdrawn: " + why);
        }
        try {
            stored.setVerified();
        } catch (StoreException e) {
            throw new BlobUnavailableException(
                    "blob " + blob.digest() + " cannot be kept as verified: " + e.getMessage(), e);
        }
    }

    private void awaitTable(Transfer transfer, long deadlineNs) throws BlobUnavailableException, InterruptedException {
        Optional<Demand> all = swarm.isMadeHere(transfer)
                ? swarm.demand(transfer, 0, transfer.blob.info().chunkCount(), Priority.PREFETCH)
                : Optional.empty();
        try {
            transfer.progress.awaitTable(transfer.blob, deadlineNs);
        } finally {
            all.ifPresent(demand -> swarm.end(transfer, demand));
        }
    }

    /** A complete blob whose table is provisional, left by an earlier process, is checked before it is used. */
    private boolean isConfirmed(StoredBlob blob) throws BlobUnavailableException {
        if (blob.isVerified()) {
            return true;
        }
        try {
            Provisional.confirm(store, blob);
            return true;
        } catch (BlobUnavailableException e) {
            LOG.warn("{}", e.getMessage());
            return false;
        } catch (IOException e) {
            throw new BlobUnavailableException(
                    "blob " + blob.info().digest() + " cannot be checked: " + e.getMessage(), e);
        }
    }

    @Override
    public boolean isAdvancing(Digest digest, Duration within) {
        return swarm.upstream.isPresent() && swarm.upstream.get().isAdvancing(digest, within);
    }

    @Override
    public ExchangeStatistics statistics() {
        return swarm.counters.snapshot(
                swarm.uploads.bytesSent(), transport.connections().size(), swarm.transferCount());
    }

    @Override
    public void close() {
        dialer.ifPresent(SupernodeDialer::close);
        try {
            swarm.close(CLOSE_DEADLINE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        transport.close();
    }
}
