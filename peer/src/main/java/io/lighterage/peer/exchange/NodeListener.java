package io.lighterage.peer.exchange;

import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.swarm.Pace;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.ConnectionListener;
import io.lighterage.peer.wire.Frame;
import io.lighterage.peer.wire.Hello;
import io.lighterage.peer.wire.PeerAddress;
import io.lighterage.peer.wire.Transport;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** What a node does with each frame. */
final class NodeListener implements ConnectionListener {
    private static final Logger LOG = LoggerFactory.getLogger(NodeListener.class);

    private static final Frame.Refusal NO_GRANT = new Frame.Refusal(
            401, "", "", "no grant was shown that lets this node read the blob".getBytes(StandardCharsets.US_ASCII));

    private final NodeSwarm swarm;
    private final Openings openings;
    private final TableReception tables;
    private final BlobStore store;
    private volatile Transport transport;
    private volatile Optional<SupernodeDialer> dialer = Optional.empty();

    NodeListener(NodeSwarm swarm, Openings openings, TableReception tables, BlobStore store) {
        this.swarm = swarm;
        this.openings = openings;
        this.tables = tables;
        this.store = store;
    }

    /** Gives the listener what came into being after it. */
    void start(Transport transport, Optional<SupernodeDialer> dialer) {
        this.dialer = dialer;
        this.transport = transport;
    }

    @Override
    public void connected(Connection connection) {
        Transport mine = transport;
        if (mine == null || swarm.arrivals.isBanned(connection.peer().id())) {
            connection.close(mine == null ? "not ready" : "sent wrong bytes before");
            return;
        }
        boolean claimed = connection.peer().role() == Hello.Role.SUPERNODE;
        if (claimed && dialer.filter(d -> d.dialed(connection.remoteAddress())).isEmpty()) {
            connection.close("is not the supernode of this node");
            return;
        }
        PeerLink link = new PeerLink(connection, mine.self(), claimed, swarm.grants);
        swarm.joined(link);
        if (link.isSupernode()) {
            LOG.info("connected to the supernode at {}", connection.remoteAddress());
            Thread.ofVirtual().name("announce-all").start(() -> announceAll(connection));
        }
    }

    /** Tells a supernode what is in the store: its knowledge of who holds what is soft. */
    private void announceAll(Connection connection) {
        try {
            for (Digest digest : store.digests()) {
                store.find(digest).filter(StoredBlob::isComplete).filter(b -> b.info().chunkCount() > 0)
                        .ifPresent(b -> connection.send(new Frame.Have(digest, ChunkSet.full(b.info().chunkCount()))));
            }
        } catch (RuntimeException e) {
            LOG.warn("cannot tell the supernode of all that is in the store", e);
        }
    }

    @Override
    public void disconnected(Connection connection, String reason) {
        boolean supernode = swarm.left(connection);
        LOG.atLevel(supernode && !swarm.isClosed() ? Level.WARN : Level.DEBUG)
                .log("connection to {} {} closed: {}", supernode ? "supernode" : "node", connection.remoteAddress(), reason);
        if (supernode) {
            dialer.ifPresent(SupernodeDialer::lost);
        }
    }

    @Override
    public void received(Connection connection, Frame frame) {
        Optional<PeerLink> known = swarm.link(connection);
        if (known.isEmpty()) {
            if (frame instanceof Frame.Chunk chunk) {
                chunk.data().release();
            }
            return;
        }
        PeerLink link = known.get();
        switch (frame) {
            case Frame.Granted granted -> granted(link, granted);
            case Frame.Open open -> opened(link, open);
            case Frame.Close close -> swarm.statements.closed(link, close.digest());
            case Frame.Table table -> table(link, table);
            case Frame.Refused refused -> refused(link, refused);
            case Frame.Peers peers -> peers(link, peers);
            case Frame.Have have -> {
                openings.answered(have.digest(), link, have);
                swarm.statements.holds(link, have);
            }
            case Frame.Want want -> want(link, want);
            case Frame.Cancel cancel -> swarm.uploads.cancel(connection, cancel.request());
            case Frame.Busy busy -> swarm.statements.busy(link, busy);
            case Frame.Later later -> {
                if (!openings.keeps(link, later)) {
                    swarm.statements.later(link, later);
                }
            }
            case Frame.Withdrawn withdrawn -> withdrawn(link, withdrawn.digest());
            case Frame.Chunk chunk -> {
                if (!openings.keeps(link, chunk)) {
                    swarm.arrivals.received(link, chunk);
                }
            }
            case Frame.Goodbye _, Frame.Ping _, Frame.Pong _ ->
                throw new IllegalStateException("the wire itself answers " + frame);
        }
    }

    /** A signature takes part of a millisecond, so it is looked at only when a blob is opened by its leave. */
    private void granted(PeerLink link, Frame.Granted granted) {
        if (link.isSupernode()) {
            swarm.grants.receive(granted.token()).ifPresent(swarm.inquiries::renewed);
        } else {
            link.shown = granted.token();
        }
    }

    /** The first look at a blob reads the disk, which is nothing for an event loop. */
    private void opened(PeerLink link, Frame.Open open) {
        if (link.opening.incrementAndGet() > PeerLink.MOST_INTERESTS) {
            link.connection.close("asks about too many blobs at once");
            return;
        }
        byte[] token = link.shown;
        link.shown = null;
        Thread.ofVirtual().name("opened").start(() -> {
            try {
                if (token != null) {
                    link.bearer.show(token);
                }
                if (open.want().isPresent()) {
                    relay(link, open.digest(), open.want().getAsInt());
                } else if (link.admit(open.digest())) {
                    swarm.statements.opened(link, open);
                } else {
                    link.connection.send(new Frame.Refused(open.digest(), NO_GRANT));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                LOG.warn("cannot tell {} of {}", link.connection.remoteAddress(), open.digest(), e);
            } finally {
                link.opening.decrementAndGet();
            }
        });
    }

    /** Who may read it is known here with what the blob is. */
    private void relay(PeerLink link, Digest digest, int request) throws InterruptedException {
        openings.await(digest, Pace.RELAY_PATIENCE_MILLIS);
        if (link.mayRead(digest)) {
            swarm.statements.relay(link, digest, request);
        } else {
            link.connection.send(new Frame.Refused(digest, NO_GRANT));
        }
    }

    private void want(PeerLink link, Frame.Want want) {
        if (want.index() == Frame.ANY || !link.isReadable(want.digest())) {
            // Only a supernode chooses, and only who opened the blob may read it.
            link.connection.send(new Frame.Busy(want.request(), 1000));
        } else {
            swarm.uploads.want(link.connection, want);
        }
    }

    private void table(PeerLink link, Frame.Table table) {
        Optional<Transfer> transfer = swarm.transfer(table.digest());
        if (transfer.isEmpty()) {
            openings.answered(table.digest(), link, table);
            // The opening may have become a transfer meanwhile, and not seen this any more.
            transfer = swarm.transfer(table.digest());
        }
        transfer.ifPresent(t -> tables.learn(link, t, table));
    }

    private void refused(PeerLink link, Frame.Refused refused) {
        if (link.isSupernode()) {
            openings.answered(refused.digest(), link, refused);
            swarm.statements.refused(refused.digest(), refused.refusal());
        } else {
            swarm.statements.refusedBy(link, refused.digest());
        }
    }

    private void peers(PeerLink link, Frame.Peers peers) {
        if (!link.isSupernode()) {
            return;
        }
        openings.answered(peers.digest(), link, peers);
        swarm.share(peers);
        boolean opening = openings.isUnderWay(peers.digest());
        for (PeerAddress peer : peers.peers()) {
            boolean self = peer.id().equals(transport.self().id());
            if (!self && !swarm.arrivals.isBanned(peer.id())
                    && (swarm.proposed(peers.digest(), peer.id()) || opening && !swarm.isConnected(peer.id()))) {
                transport.connect(peer.host(), peer.port()).whenComplete((connection, failure) -> {
                    if (failure != null) {
                        swarm.unreachable(peer.id());
                        LOG.debug("node at {}:{} cannot be reached: {}", peer.host(), peer.port(), failure.getMessage());
                    }
                });
            }
        }
    }

    private void withdrawn(PeerLink link, Digest digest) {
        if (link.isSupernode()) {
            LOG.warn("the supernode withdraws {}", digest);
            tables.drop(digest, "its bytes are not those that its digest names");
        }
    }
}
