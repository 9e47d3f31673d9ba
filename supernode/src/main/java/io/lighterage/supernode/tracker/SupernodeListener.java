package io.lighterage.supernode.tracker;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.exchange.BlobRefusedException;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.BlobUnavailableException;
import io.lighterage.peer.exchange.Uploads;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.swarm.GiveOut;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.ConnectionListener;
import io.lighterage.peer.wire.Frame;
import io.lighterage.supernode.ingest.Ingest;
import io.lighterage.supernode.ingest.IngestListener;
import io.lighterage.supernode.ingest.WrongDigestException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a supernode does with each frame, and with each chunk that comes from upstream. */
final class SupernodeListener implements ConnectionListener, IngestListener {
    private static final Logger LOG = LoggerFactory.getLogger(SupernodeListener.class);
    private static final int BUSY_MILLIS = 500;

    /** A node waits no longer for an answer. */
    private static final Duration LONGEST_OPENING = Duration.ofSeconds(60);

    /** What waits for so long on the way to a node fills a link, be it this one's or the node's. */
    private static final long FULL_NS = Duration.ofMillis(10).toNanos();

    private final SupernodeSwarm swarm;
    private final Uploads uploads;
    private final BlobStore store;
    private final Admission admission;
    private volatile Ingest ingest;

    SupernodeListener(SupernodeSwarm swarm, Uploads uploads, BlobStore store, Admission admission) {
        this.swarm = swarm;
        this.uploads = uploads;
        this.store = store;
        this.admission = admission;
    }

    /** Gives the listener what came into being after it. */
    void start(Ingest ingest) {
        this.ingest = ingest;
    }

    @Override
    public void connected(Connection connection) {
        LOG.info("node {} at {} connected", connection.peer().id(), connection.remoteAddress());
        swarm.join(connection);
        admission.join(connection);
    }

    @Override
    public void disconnected(Connection connection, String reason) {
        LOG.info("node {} at {} gone: {}", connection.peer().id(), connection.remoteAddress(), reason);
        swarm.leave(connection);
        admission.leave(connection);
        uploads.leave(connection);
    }

    @Override
    public void received(Connection connection, Frame frame) {
        switch (frame) {
            case Frame.Granted granted -> admission.shown(connection, granted.token());
            case Frame.Open open -> opening(connection, open);
            case Frame.Close close -> closed(connection, close.digest());
            case Frame.Have have -> {
                if (swarm.holds(connection, have)) {
                    closed(connection, have.digest());
                }
            }
            case Frame.Want want -> want(connection, want);
            case Frame.Cancel cancel -> {
                swarm.cancel(connection, cancel.request());
                uploads.cancel(connection, cancel.request());
            }
            case Frame.Chunk chunk -> {
                chunk.data().release();
                connection.close("sent a chunk that nobody asked for");
            }
            case Frame.Busy busy -> LOG.debug("{} is busy", connection.remoteAddress());
            case Frame.Later later -> connection.close("answers what nobody asked for");
            case Frame.Goodbye _, Frame.Ping _, Frame.Pong _ ->
                throw new IllegalStateException("the wire itself answers " + frame);
            case Frame.Table table -> connection.close("only a supernode sends tables to nodes");
            case Frame.Peers peers -> connection.close("only a supernode proposes peers");
            case Frame.Refused refused -> connection.close("only a supernode refuses blobs");
            case Frame.Withdrawn withdrawn -> connection.close("only a supernode withdraws blobs");
        }
    }

    private void closed(Connection connection, Digest digest) {
        admission.close(connection, digest);
        swarm.unsubscribe(connection, digest);
        uploads.close(connection, digest);
    }

    private void opening(Connection connection, Frame.Open open) {
        if (swarm.opening(connection, open.digest())) {
            Thread.ofVirtual().name("open-" + open.digest().hex().substring(0, 12)).start(() -> open(connection, open));
        } else {
            connection.send(
                    new Frame.Refused(open.digest(), refusal(429, "this node has too many blobs open at once")));
        }
    }

    private void open(Connection connection, Frame.Open open) {
        try {
            Optional<StoredBlob> stored = store.find(open.digest());
            Admission.Admitted admitted = admission.admit(connection, open, stored.isPresent());
            if (stored.isPresent() && stored.get().isComplete() && stored.get().isVerified()) {
                stored.get().touch();
                subscribe(connection, stored.get(), open, admitted);
            } else if (admitted.source().isEmpty()) {
                refuse(connection, open.digest(), refusal(404, "blob " + open.digest() + " is not in this datacenter"));
            } else {
                StoredBlob blob = ingest(connection, open, admitted);
                // The read that upstream accepted may be another's, out of another repository.
                Admission.Admitted here =
                        stored.isPresent() ? admitted : admission.admit(connection, open, true);
                subscribe(connection, blob, open, here);
            }
        } catch (BlobUnavailableException e) {
            refuse(connection, open.digest(), refusal(open.digest(), e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            refuse(connection, open.digest(), refusal(503, "the supernode is shutting down"));
        } catch (RuntimeException e) {
            LOG.error("blob {} cannot be opened", open.digest(), e);
            refuse(
                    connection,
                    open.digest(),
                    refusal(500, "blob " + open.digest() + " cannot be opened: " + e.getMessage()));
        }
    }

    /** Waits until upstream has accepted to give the blob. */
    private StoredBlob ingest(Connection connection, Frame.Open open, Admission.Admitted admitted)
            throws BlobUnavailableException, InterruptedException {
        Digest digest = open.digest();
        try {
            return ingest.start(digest, admitted.source().orElseThrow())
                    .get(LONGEST_OPENING.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new BlobUnavailableException("upstream did not tell in time what blob " + digest + " is", e);
        } catch (ExecutionException e) {
            Frame.Refusal refusal = refusal(digest, e.getCause());
            if (refusal.isOutage()) {
                // What upstream does not give now, nodes may have.
                admission.grant(connection, digest, admitted);
                swarm.propose(connection, digest);
            }
            throw new BlobRefusedException(digest, refusal);
        }
    }

    private void subscribe(
            Connection connection, StoredBlob blob, Frame.Open open, Admission.Admitted admitted) {
        boolean skipsSwarm = GiveOut.skipsSwarm(blob.info().chunkCount());
        if (skipsSwarm) {
            admission.grantRepository(connection, admitted);
        } else {
            admission.grant(connection, open.digest(), admitted);
        }
        swarm.subscribe(connection, blob, open.table());
        if (skipsSwarm && open.want().isPresent()) {
            want(connection, new Frame.Want(
                    open.want().getAsInt(), open.digest(), Frame.ANY, Priority.PREFETCH));
        } else {
            uploads.pump();
        }
    }

    private void want(Connection connection, Frame.Want want) {
        if (!admission.isReadable(connection, want.digest())) {
            connection.send(new Frame.Busy(want.request(), BUSY_MILLIS));
        } else if (want.index() != Frame.ANY) {
            uploads.want(connection, want);
        } else if (swarm.handOn(connection, want.digest(), want.request(), isFull(connection))) {
            LOG.trace("{} asks another node for {}", connection.remoteAddress(), want.digest());
        } else if (swarm.park(connection, want.digest(), want.request())) {
            uploads.pump();
        } else {
            connection.send(new Frame.Busy(want.request(), BUSY_MILLIS));
        }
    }

    /** Whether what is sent now has to wait for a while on its way to a node. */
    private boolean isFull(Connection connection) {
        return uploads.isFull() || connection.delayNs() > FULL_NS;
    }

    /** Answers a node's question about a blob. */
    private void refuse(Connection connection, Digest digest, Frame.Refusal refusal) {
        admission.close(connection, digest);
        swarm.refused(connection, digest);
        connection.send(new Frame.Refused(digest, refusal));
    }

    private static Frame.Refusal refusal(Digest digest, Throwable cause) {
        if (cause instanceof BlobRefusedException refused) {
            return refused.refusal();
        }
        LOG.warn("blob {} cannot be read from upstream: {}", digest, cause.getMessage());
        return refusal(502, "blob " + digest + " cannot be read from upstream: " + cause.getMessage());
    }

    private static Frame.Refusal refusal(int status, String text) {
        return new Frame.Refusal(status, "", "", text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void accepted(Digest digest, BlobSource source, boolean fresh) {
        admission.accepted(digest, source, fresh);
    }

    @Override
    public void described(StoredBlob blob) {
        swarm.session(blob);
    }

    @Override
    public void chunk(StoredBlob blob, int index) {
        swarm.arrived(blob, index);
        uploads.pump();
    }

    @Override
    public void completed(StoredBlob blob) {
        swarm.session(blob).progress.changed();
    }

    @Override
    public void failed(Digest digest, IOException why) {
        BlobUnavailableException told = why instanceof BlobUnavailableException known
                ? known
                : new BlobUnavailableException(
                        "blob " + digest + " cannot be read from upstream: " + why.getMessage(), why);
        if (why instanceof WrongDigestException) {
            LOG.warn("withdrawing {}: {}", digest, why.getMessage());
            swarm.withdraw(digest, told).forEach(node -> node.send(new Frame.Withdrawn(digest)));
        } else {
            Frame.Refusal refusal = refusal(digest, why);
            swarm.fail(digest, told).forEach(node -> {
                if (refusal.isOutage()) {
                    swarm.propose(node, digest);
                }
                node.send(new Frame.Refused(digest, refusal));
            });
        }
    }
}
