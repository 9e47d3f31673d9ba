package io.lighterage.peer.exchange;

import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoreException;
import io.lighterage.peer.store.WrongChunkException;
import io.lighterage.peer.wire.Frame;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chunks that come: each is verified and stored by a worker, then readers go on and neighbours are told. */
final class Arrivals {
    private static final Logger LOG = LoggerFactory.getLogger(Arrivals.class);
    private static final long BAN_NS = TimeUnit.MINUTES.toNanos(10);

    private final SwarmState state;
    private final Requests requests;
    private final BlobStore store;
    private final SwarmCounters counters;
    private final ScheduledExecutorService timer;
    private final ExecutorService workers;
    private final News news;
    private final Map<UUID, Long> bannedUntilNs = new HashMap<>();

    /** @param workers threads that verify */
    Arrivals(
            SwarmState state,
            Requests requests,
            BlobStore store,
            SwarmCounters counters,
            ScheduledExecutorService timer,
            int workers) {
        this.state = state;
        this.requests = requests;
        this.store = store;
        this.counters = counters;
        this.timer = timer;
        this.news = new News(state.links);
        this.workers = Executors.newFixedThreadPool(
                workers, Thread.ofPlatform().name("verify-", 0).daemon().factory());
    }

    /** Takes a chunk that came, and owns its data; it is verified by a worker. */
    void received(PeerLink link, Frame.Chunk chunk) {
        received(link, chunk, workers);
    }

    /** The same by a thread that may write to the disk itself. */
    void receivedHere(PeerLink link, Frame.Chunk chunk) {
        received(link, chunk, Runnable::run);
    }

    private void received(PeerLink link, Frame.Chunk chunk, Executor verifier) {
        ByteBuf data = chunk.data();
        Transfer transfer = state.lockedGet(() -> {
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
            verifier.execute(() -> verify(link, transfer, chunk.index(), data));
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
        requests.answered(transfer, index, chosen, latencyNs, nowNs);
        return true;
    }

    private void verify(PeerLink link, Transfer transfer, int index, ByteBuf data) {
        int length = data.readableBytes();
        try {
            transfer.blob.write(index, data.nioBuffer());
            counters.received(link.isSupernode(), length);
            arrived(transfer, index, link.isSupernode());
        } catch (WrongChunkException e) {
            lost(transfer, index);
            blame(link, transfer, e);
        } catch (StoreException | RuntimeException e) {
            lost(transfer, index);
            state.fail(transfer, new BlobUnavailableException(
                    "blob " + transfer.digest() + " cannot be stored: " + e.getMessage(), e));
        } finally {
            data.release();
            state.locked(() -> {
                transfer.verifying--;
                requests.askIfHeldBack();
            });
        }
    }

    private void lost(Transfer transfer, int index) {
        state.locked(() -> {
            transfer.download.lost(index);
            requests.ask();
        });
    }

    /**
     * Chunk {@code index} is usable: readers go on, others are told.
     *
     * @param fresh whether it came from where no other node had it before
     */
    void arrived(Transfer transfer, int index, boolean fresh) {
        boolean complete = state.lockedGet(() -> {
            transfer.download.arrived(index);
            state.lastArrivalNs = System.nanoTime();
            transfer.lastArrivalNs = state.lastArrivalNs;
            OptionalLong waitNs = news.add(transfer, index, fresh);
            if (waitNs.isPresent() && !state.closed) {
                timer.schedule(() -> state.locked(news::tell), waitNs.getAsLong(), TimeUnit.NANOSECONDS);
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
        state.locked(() -> state.release(transfer));
        if (!transfer.blob.isVerified()) {
            workers.execute(() -> Provisional.check(store, state, transfer));
        }
    }

    private void blame(PeerLink link, Transfer transfer, WrongChunkException why) {
        counters.wrongChunk();
        if (!transfer.blob.isVerified() && state.lockedGet(() -> state.supernode == null || transfer.byNodes)) {
            // The table itself may be what is wrong: Provisional.check decides when the blob is whole.
            LOG.warn("{} does not fit the provisional table, from {}", why.getMessage(), link.connection.remoteAddress());
        } else {
            LOG.warn("wrong bytes from {}: {}", link.connection.remoteAddress(), why.getMessage());
        }
        state.locked(() -> {
            long nowNs = System.nanoTime();
            bannedUntilNs.values().removeIf(untilNs -> untilNs <= nowNs);
            bannedUntilNs.put(link.connection.peer().id(), nowNs + BAN_NS);
        });
        link.connection.close("sent wrong bytes");
    }

    /** Whether a host sent wrong bytes of late. */
    boolean isBanned(UUID peer) {
        return state.lockedGet(() -> bannedUntilNs.getOrDefault(peer, Long.MIN_VALUE) > System.nanoTime());
    }

    void closeNow() {
        workers.shutdownNow();
    }

    /** Waits until what has come is verified, or {@code deadline} has passed. */
    void close(Duration deadline) throws InterruptedException {
        workers.shutdown();
        if (!workers.awaitTermination(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
            LOG.warn("chunks are still being verified {} after the exchange was closed", deadline);
        }
    }
}
