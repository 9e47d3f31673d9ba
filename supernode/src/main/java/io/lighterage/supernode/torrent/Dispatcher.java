package io.lighterage.supernode.torrent;

import bt.metainfo.TorrentId;
import bt.net.ConnectionKey;
import bt.net.IMessageDispatcher;
import bt.net.IPeerConnectionPool;
import bt.net.PeerConnection;
import bt.protocol.Message;
import bt.torrent.TorrentRegistry;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes the messages of a {@code bt} runtime, in the place of the library's own loop. That one sleeps for milliseconds
 * after each piece that was asked for, which makes a transfer ten times slower, and keeps what it knows of every
 * connection for ever.
 *
 * <p>One thread runs all consumers and suppliers. It is woken when bytes come; for blocks that the library reads from
 * disk it looks again after pauses, which grow from {@link #SHORTEST_NS} to {@link #LONGEST_NS} while there is
 * nothing to do.
 */
final class Dispatcher implements IMessageDispatcher {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    private static final long SHORTEST_NS = 100_000;
    private static final long LONGEST_NS = 20_000_000;

    private final TorrentRegistry torrents;
    private final IPeerConnectionPool pool;
    private final Map<ConnectionKey, Consumer<Message>> consumers = new ConcurrentHashMap<>();
    private final Map<ConnectionKey, Supplier<Message>> suppliers = new ConcurrentHashMap<>();
    private final Thread thread = Thread.ofPlatform().name("torrent-dispatch").unstarted(this::run);
    private volatile boolean closed;

    private Dispatcher(TorrentRegistry torrents, IPeerConnectionPool pool) {
        this.torrents = torrents;
        this.pool = pool;
    }

    /** Starts to pass messages. */
    static Dispatcher start(TorrentRegistry torrents, IPeerConnectionPool pool) {
        Dispatcher dispatcher = new Dispatcher(torrents, pool);
        dispatcher.thread.start();
        return dispatcher;
    }

    @Override
    public void addMessageConsumer(ConnectionKey connection, Consumer<Message> consumer) {
        consumers.put(connection, consumer);
        wake();
    }

    @Override
    public void addMessageSupplier(ConnectionKey connection, Supplier<Message> supplier) {
        suppliers.put(connection, supplier);
        wake();
    }

    /** Something has come. */
    void wake() {
        LockSupport.unpark(thread);
    }

    private void run() {
        long pauseNs = SHORTEST_NS;
        while (!closed) {
            int passed = 0;
            for (Map.Entry<ConnectionKey, Consumer<Message>> each : consumers.entrySet()) {
                passed += consume(each.getKey(), each.getValue());
            }
            for (Map.Entry<ConnectionKey, Supplier<Message>> each : suppliers.entrySet()) {
                passed += supply(each.getKey(), each.getValue());
            }
            pauseNs = passed > 0 ? SHORTEST_NS : Math.min(LONGEST_NS, 2 * pauseNs);
            if (passed == 0) {
                LockSupport.parkNanos(this, pauseNs);
            }
        }
    }

    /** The connection, while it lives and its torrent is active; what is known of a dead one is forgotten. */
    private PeerConnection live(ConnectionKey key) {
        PeerConnection connection = pool.getConnection(key);
        if (connection == null || connection.isClosed()) {
            consumers.remove(key);
            suppliers.remove(key);
            return null;
        }
        TorrentId torrent = key.getTorrentId();
        return torrents.isSupportedAndActive(torrent) ? connection : null;
    }

    private int consume(ConnectionKey key, Consumer<Message> consumer) {
        PeerConnection connection = live(key);
        int passed = 0;
        try {
            Message message = connection == null ? null : connection.readMessageNow();
            while (message != null) {
                passed++;
                consumer.accept(message);
                message = connection.readMessageNow();
            }
        } catch (IOException | RuntimeException e) {
            failed(connection, e);
        }
        return passed;
    }

    private int supply(ConnectionKey key, Supplier<Message> supplier) {
        PeerConnection connection = live(key);
        int passed = 0;
        try {
            Message message = connection == null ? null : supplier.get();
            while (message != null) {
                passed++;
                connection.postMessage(message);
                message = supplier.get();
            }
        } catch (IOException | RuntimeException e) {
            failed(connection, e);
        }
        return passed;
    }

    /** A connection whose message cannot be understood or sent is of no more use. */
    private static void failed(PeerConnection connection, Exception e) {
        LOG.debug("{} is closed: {}", connection, e.toString());
        connection.closeQuietly();
    }

    /** Ends the thread. */
    void close() {
        closed = true;
        wake();
    }
}
