package io.lighterage.supernode.tracker;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.exchange.BlobProgress;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.BlobStream;
import io.lighterage.peer.exchange.BlobUnavailableException;
import io.lighterage.peer.exchange.Doorkeeper;
import io.lighterage.peer.exchange.Exchange;
import io.lighterage.peer.exchange.ExchangeStatistics;
import io.lighterage.peer.exchange.StoredBlobStream;
import io.lighterage.peer.exchange.Uploads;
import io.lighterage.peer.grant.GrantBook;
import io.lighterage.peer.grant.GrantIssuer;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.swarm.Pace;
import io.lighterage.peer.wire.Hello;
import io.lighterage.peer.wire.Transport;
import io.lighterage.peer.wire.WireConfig;
import io.lighterage.supernode.ingest.Ingest;
import io.lighterage.supernode.upstream.RegistryClient;
import io.lighterage.supernode.upstream.UpstreamConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The supernode's exchange: reads each blob from upstream once and gives it out to the nodes of the datacenter.
 */
public final class SupernodeExchange implements Exchange {
    private static final Logger LOG = LoggerFactory.getLogger(SupernodeExchange.class);
    private static final Duration OPEN_DEADLINE = Duration.ofSeconds(60);

    private final BlobStore store;
    private final SupernodeSwarm swarm;
    private final Uploads uploads;
    private final Ingest ingest;
    private final Transport transport;
    private final ScheduledExecutorService timer;

    private SupernodeExchange(
            BlobStore store,
            SupernodeSwarm swarm,
            Uploads uploads,
            Ingest ingest,
            Transport transport,
            ScheduledExecutorService timer) {
        this.store = store;
        this.swarm = swarm;
        this.uploads = uploads;
        this.ingest = ingest;
        this.transport = transport;
        this.timer = timer;
    }

    /**
     * Starts the supernode's exchange.
     *
     * @param limits what is sent at once
     * @param self how the supernode introduces itself
     * @param upstream how blobs are read; {@code client} reads them
     * @param spoolDirectory where blobs of unknown length wait in temporary files
     * @param door decides by whose right nodes read
     * @param issuer signs what nodes show each other
     * @param grants checks what nodes show here; trusts the issuer
     * @throws IOException if the exchange port cannot be bound, or the directory cannot be made
     */
    public static SupernodeExchange start(
            Uploads.Limits limits,
            WireConfig wire,
            Hello self,
            BlobStore store,
            RegistryClient client,
            UpstreamConfig upstream,
            Path spoolDirectory,
            Doorkeeper door,
            GrantIssuer issuer,
            GrantBook grants)
            throws IOException {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("supernode-timer").daemon().factory());
        SupernodeSwarm swarm = new SupernodeSwarm();
        Uploads uploads = new Uploads(store, limits, Optional.of(swarm), timer);
        SupernodeListener listener = new SupernodeListener(swarm, uploads, store, new Admission(door, issuer, grants));
        Ingest ingest = null;
        try {
            ingest = new Ingest(store, client, upstream, spoolDirectory, listener);
            listener.start(ingest);
            Ingest reading = ingest;
            Transport transport = Transport.start(wire, self, listener);
            timer.scheduleWithFixedDelay(guarded(swarm::flush), Pace.FLUSH_MILLIS, Pace.FLUSH_MILLIS, TimeUnit.MILLISECONDS);
            timer.scheduleWithFixedDelay(guarded(() -> {
                swarm.sweep(reading::isRunning);
                uploads.pump();
            }), Pace.SWEEP_MILLIS, Pace.SWEEP_MILLIS, TimeUnit.MILLISECONDS);
            return new SupernodeExchange(store, swarm, uploads, ingest, transport, timer);
        } catch (IOException e) {
            timer.shutdownNow();
            if (ingest != null) {
                ingest.close();
            }
            throw e;
        }
    }

    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.error("the supernode's timer failed", e);
            }
        };
    }

    /** The supernode's end of the wire. */
    public Transport transport() {
        return transport;
    }

    /** What reads upstream. */
    public Ingest ingest() {
        return ingest;
    }

    /** Number of blobs that some connected node holds or fetches. */
    public int trackedBlobs() {
        return swarm.trackedBlobs();
    }

    @Override
    public BlobInfo describe(Digest digest, Optional<BlobSource> source, Duration deadline)
            throws BlobUnavailableException, InterruptedException {
        Optional<StoredBlob> stored = store.find(digest);
        return stored.isPresent() ? stored.get().info() : ingested(digest, source, deadline).info();
    }

    @Override
    public BlobStream stream(Digest digest, ByteRange range, Optional<BlobSource> source, Priority priority)
            throws BlobUnavailableException, InterruptedException {
        Optional<StoredBlob> stored = store.find(digest);
        if (stored.isPresent() && stored.get().isComplete() && stored.get().isVerified()) {
            stored.get().touch();
            return new StoredBlobStream(stored.get(), range, new BlobProgress(), index -> {}, () -> {});
        }
        StoredBlob blob = ingested(digest, source, OPEN_DEADLINE);
        Session session = swarm.session(blob);
        return new StoredBlobStream(blob, range, session.progress, index -> {}, () -> {});
    }

    private StoredBlob ingested(Digest digest, Optional<BlobSource> source, Duration deadline)
            throws BlobUnavailableException, InterruptedException {
        if (source.isEmpty()) {
            throw new BlobUnavailableException(
                    "blob " + digest + " is not here, and nobody said where upstream has it");
        }
        try {
            return ingest.start(digest, source.get()).get(deadline.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new BlobUnavailableException("upstream did not tell in time what blob " + digest + " is", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof BlobUnavailableException known
                    ? known
                    : new BlobUnavailableException(
                            "blob " + digest + " cannot be read from upstream: "
                                    + e.getCause().getMessage(),
                            e.getCause());
        }
    }

    @Override
    public ExchangeStatistics statistics() {
        return new ExchangeStatistics(
                0, 0, ingest.statistics().bytes(), uploads.bytesSent(), 0, 0,
                transport.connections().size(), swarm.sessionCount());
    }

    @Override
    public void close() {
        timer.shutdownNow();
        // The wire first: nodes shall see a supernode that went away, not blobs that were refused.
        transport.close();
        ingest.close();
        swarm.close(new BlobUnavailableException("the exchange is closed"));
    }
}
