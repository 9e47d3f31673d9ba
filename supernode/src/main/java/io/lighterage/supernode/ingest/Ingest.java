package io.lighterage.supernode.ingest;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.supernode.upstream.RegistryClient;
import io.lighterage.supernode.upstream.UpstreamConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings blobs into the store from upstream, each byte read once, however many ask and however often the process dies
 * meanwhile.
 *
 * <p><b>A blob's way in.</b> {@link #start} asks upstream. Once upstream accepts, the blob's length is known, the
 * listener hears {@code described} and the future has the blob. Then its chunks come, nearly in order, each usable at
 * once. The chunk that would complete it waits in memory until the digest of the whole has been checked; after that the
 * listener hears {@code completed}. What a failure or a kill leaves behind is gone on with by the next {@code start}:
 * only chunks that are missing are read.
 *
 * <p><b>Requests.</b> A blob below {@link UpstreamConfig#parallelFrom} takes one GET. A larger one is read in segments
 * by parallel streams, where the registry knows ranges. There are no requests only to find out.
 *
 * <p>Safe for use by several threads. {@code flights}, {@code hints} and {@code closed} are guarded by {@code lock}.
 */
public final class Ingest implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Ingest.class);
    private static final Duration LONGEST_CLOSE = Duration.ofSeconds(10);
    private static final int MOST_HINTS = 16_384;

    private final BlobStore store;
    private final RegistryClient client;
    private final UpstreamConfig config;
    private final Path spoolDirectory;
    private final IngestListener listener;
    private final Semaphore permits;
    private final BufferPool buffers;
    private final LongAdder completed = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder bytes = new LongAdder();

    private final Object lock = new Object();
    private final Map<Digest, Running> flights = new HashMap<>();
    private final Map<Digest, Long> hints = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, Long> eldest) {
            return size() > MOST_HINTS;
        }
    };
    private boolean closed;

    private volatile BiConsumer<Digest, BlobSource> asked = (digest, source) -> {};

    private record Running(Flight flight, Task task) {}

    /**
     * @param spoolDirectory where blobs of unknown length wait in temporary files; made if need be
     * @param listener is told what comes
     * @throws IOException if the directory cannot be made or read
     */
    public Ingest(
            BlobStore store, RegistryClient client, UpstreamConfig config, Path spoolDirectory, IngestListener listener)
            throws IOException {
        this.store = store;
        this.client = client;
        this.config = config;
        this.spoolDirectory = spoolDirectory;
        this.listener = listener;
        this.permits = new Semaphore(config.streams(), true);
        this.buffers = new BufferPool(config.ingestMemory());
        Spool.prepare(spoolDirectory);
    }

    /**
     * Makes sure that the blob comes in.
     *
     * @return the blob once its shape is known, be it whole, partial or still empty; fails with a
     *     {@link io.lighterage.peer.exchange.BlobRefusedException} if upstream refuses {@code source}, with another
     *     {@link IOException} if it cannot be reached
     */
    public CompletableFuture<StoredBlob> start(Digest digest, BlobSource source) {
        asked.accept(digest, source);
        Optional<StoredBlob> stored;
        try {
            stored = store.find(digest).filter(blob -> blob.isComplete() && blob.isVerified());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(new IOException("cannot look for " + digest + " in the store", e));
        }
        synchronized (lock) {
            Running running = flights.get(digest);
            if (running != null) {
                Optional<CompletableFuture<StoredBlob>> joined = running.flight.join(source);
                if (joined.isPresent()) {
                    return joined.get();
                }
            }
            if (stored.isPresent()) {
                return CompletableFuture.completedFuture(stored.get());
            }
            if (closed) {
                return CompletableFuture.failedFuture(new IOException("ingest is closed, cannot read " + digest));
            }
            Flight flight = new Flight(this, digest);
            CompletableFuture<StoredBlob> answer = flight.join(source).orElseThrow();
            flights.put(
                    digest,
                    new Running(flight, Task.start("ingest " + digest.hex().substring(0, 12), flight::run)));
            return answer;
        }
    }

    /**
     * Tells {@code watcher} of every blob that is asked for and where; it is called on the thread that asks, and is
     * brief.
     */
    public void onAsked(BiConsumer<Digest, BlobSource> watcher) {
        asked = watcher;
    }

    /**
     * Tells the blob's length as a manifest has it. Only a hint: a large blob is then read in parallel from its first
     * byte.
     */
    public void hint(Digest digest, long length) {
        if (length >= 0) {
            synchronized (lock) {
                hints.put(digest, length);
            }
        }
    }

    /** Whether the blob is being read now, or waits for its turn. */
    public boolean isRunning(Digest digest) {
        synchronized (lock) {
            return flights.containsKey(digest);
        }
    }

    /** What the ingest does and has done. */
    public IngestStatistics statistics() {
        int active;
        synchronized (lock) {
            active = flights.size();
        }
        return new IngestStatistics(active, completed.sum(), failed.sum(), bytes.sum(), buffers.inUse());
    }

    /** Gives up every blob, keeping what came, and waits at most ten seconds for the last call of the store to end. */
    @Override
    public void close() {
        List<Running> last;
        synchronized (lock) {
            closed = true;
            last = List.copyOf(flights.values());
        }
        last.forEach(running -> running.task.cancel());
        long deadline = System.nanoTime() + LONGEST_CLOSE.toNanos();
        try {
            for (Running running : last) {
                Duration left = Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
                if (!running.task.join(left)) {
                    LOG.warn("an ingest has not ended {} s after it was cancelled", LONGEST_CLOSE.toSeconds());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void ended(Flight flight, Digest digest, boolean whole) {
        (whole ? completed : failed).increment();
        synchronized (lock) {
            Running running = flights.get(digest);
            if (running != null && running.flight == flight) {
                flights.remove(digest);
            }
            if (whole) {
                hints.remove(digest);
            }
        }
    }

    OptionalLong hinted(Digest digest) {
        synchronized (lock) {
            Long hint = hints.get(digest);
            return hint == null ? OptionalLong.empty() : OptionalLong.of(hint);
        }
    }

    void countBytes(long count) {
        bytes.add(count);
    }

    BlobStore store() {
        return store;
    }

    RegistryClient client() {
        return client;
    }

    UpstreamConfig config() {
        return config;
    }

    Path spoolDirectory() {
        return spoolDirectory;
    }

    IngestListener listener() {
        return listener;
    }

    Semaphore permits() {
        return permits;
    }

    BufferPool buffers() {
        return buffers;
    }
}
