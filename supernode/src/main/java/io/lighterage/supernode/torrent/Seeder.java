package io.lighterage.supernode.torrent;

import io.lighterage.peer.store.BlobStore;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads a torrent into the library when a client comes for it, and unloads it when none was there for a while. Without
 * torrents the library itself is given up, and with it all threads and whatever it leaks: it keeps something for every
 * connection and every torrent that it ever had. A library that hangs is replaced by a fresh one.
 *
 * <p>{@code lock} guards all mutable state; starting the library and a torrent happens under it, so clients wait in
 * line.
 */
final class Seeder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Seeder.class);
    private static final Duration STOP_DEADLINE = Duration.ofSeconds(5);
    /** Torrents that are loaded at once at most; the library starts two threads for each. */
    static final int MOST_TORRENTS = 32;


    private final BlobStore store;
    private final LaneConfig config;
    private final int port;
    private final ReentrantLock lock = new ReentrantLock(true);
    private final Map<InfoHash, Loaded> loaded = new HashMap<>();
    private final Map<InfoHash, CompletableFuture<Void>> stopping = new HashMap<>();
    private Library library;
    private long emptySinceNs;
    private int starts;
    private int hangs;
    private boolean closed;

    /** A torrent in the library. */
    private static final class Loaded {
        private final Library.Seeding seeding;
        private int connections;
        private long lastUseNs;

        Loaded(Library.Seeding seeding) {
            this.seeding = seeding;
        }
    }

    /**
     * A connection to the library; close it when its client is gone.
     *
     * @param owner the library of which it is
     */
    record Line(SocketChannel channel, Library owner) {}

    Seeder(BlobStore store, LaneConfig config, int port) {
        this.store = store;
        this.config = config;
        this.port = port;
    }

    /** Connects to the library for this torrent, which is loaded if need be. Follow by {@link #disconnected}. */
    Line connect(Offer offer) throws IOException, InterruptedException {
        InfoHash hash = offer.metainfo().infoHash();
        lock.lockInterruptibly();
        try {
            if (closed) {
                throw new IOException("the lane is closed");
            }
            Loaded torrent = loaded.get(hash);
            if (torrent == null) {
                torrent = load(hash, offer);
            }
            SocketChannel channel = library.connect();
            torrent.connections++;
            return new Line(channel, library);
        } finally {
            lock.unlock();
        }
    }

    private Loaded load(InfoHash hash, Offer offer) throws IOException, InterruptedException {
        if (loaded.size() >= MOST_TORRENTS && !unloadOldest()) {
            throw new IOException("clients of " + MOST_TORRENTS + " torrents are connected, no more are loaded");
        }
        CompletableFuture<Void> last = stopping.remove(hash);
        if (last != null) {
            await(hash, last);
        }
        if (library == null) {
            library = Library.start(port, config.connections());
            starts++;
            LOG.info("the BitTorrent library is loaded");
        }
        Loaded torrent = new Loaded(library.seed(store, offer));
        loaded.put(hash, torrent);
        LOG.debug("torrent {} is loaded", hash);
        return torrent;
    }

    private void await(InfoHash hash, CompletableFuture<Void> last) throws IOException, InterruptedException {
        try {
            last.get(STOP_DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("torrent " + hash + " does not stop", e);
        }
    }

    private boolean unloadOldest() {
        InfoHash oldest = null;
        for (Map.Entry<InfoHash, Loaded> each : loaded.entrySet()) {
            boolean free = each.getValue().connections == 0;
            if (free && (oldest == null || each.getValue().lastUseNs - loaded.get(oldest).lastUseNs < 0)) {
                oldest = each.getKey();
            }
        }
        if (oldest != null) {
            stopping.put(oldest, loaded.remove(oldest).seeding.stop());
        }
        return oldest != null;
    }

    /** A connection of this torrent is gone. */
    void disconnected(InfoHash hash, Library owner) {
        lock.lock();
        try {
            Loaded torrent = loaded.get(hash);
            if (torrent != null && owner == library) {
                torrent.connections--;
                torrent.lastUseNs = System.nanoTime();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Unloads what nobody used for long enough; does nothing while a torrent is being loaded. */
    void sweep(long nowNs) {
        if (!lock.tryLock()) {
            return;
        }
        Library idle = null;
        try {
            stopping.values().removeIf(CompletableFuture::isDone);
            Iterator<Map.Entry<InfoHash, Loaded>> all = loaded.entrySet().iterator();
            while (all.hasNext()) {
                Map.Entry<InfoHash, Loaded> each = all.next();
                Loaded torrent = each.getValue();
                if (torrent.connections == 0 && nowNs - torrent.lastUseNs > config.idle().toNanos()) {
                    stopping.put(each.getKey(), torrent.seeding.stop());
                    all.remove();
                    LOG.debug("torrent {} is unloaded", each.getKey());
                }
            }
            if (!loaded.isEmpty() || !stopping.isEmpty()) {
                emptySinceNs = nowNs;
            } else if (library != null && nowNs - emptySinceNs > config.idle().toNanos() / 2) {
                idle = library;
                library = null;
            }
        } finally {
            lock.unlock();
        }
        if (idle != null) {
            LOG.info("the BitTorrent library is unloaded: nobody is connected");
            idle.close();
        }
    }

    /** Replaces the library {@code hung}, if it is still in use. */
    void replace(Library hung) {
        lock.lock();
        try {
            if (library != hung || hung == null) {
                return;
            }
            library = null;
            hangs++;
            loaded.clear();
            stopping.clear();
        } finally {
            lock.unlock();
        }
        LOG.warn("the BitTorrent library answers nobody, it is started anew");
        Thread.ofVirtual().name("torrent-replaced").start(hung::close);
    }

    /** Number of torrents that are loaded. */
    int loaded() {
        lock.lock();
        try {
            return loaded.size();
        } finally {
            lock.unlock();
        }
    }

    /** How often the library answered nobody. */
    int hangs() {
        lock.lock();
        try {
            return hangs;
        } finally {
            lock.unlock();
        }
    }

    /** How often the library was started. */
    int starts() {
        lock.lock();
        try {
            return starts;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        Library last;
        lock.lock();
        try {
            closed = true;
            last = library;
            library = null;
            loaded.clear();
        } finally {
            lock.unlock();
        }
        if (last != null) {
            last.close();
        }
    }
}
