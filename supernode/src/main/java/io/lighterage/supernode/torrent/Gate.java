package io.lighterage.supernode.torrent;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lane's port. Every client is a {@link Relay}; once a second all are looked after, and the library with them: if
 * it answers nobody who waits for it, it is replaced.
 */
final class Gate implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Gate.class);
    private static final long HUNG_NS = Duration.ofSeconds(15).toNanos();
    private static final long IDLE_NS = Duration.ofSeconds(10).toNanos();
    private static final int BACKLOG = 64;
    private static final long EXPECTED_MS = 3_000;
    private static final int DIAL_MS = 5_000;
    private static final int MOST_EXPECTED = 256;
    /** Who announces a lesser port would have us connect to something else than a client. */
    private static final int LEAST_PORT = 1024;

    private final LaneConfig config;
    private final Admission admission;
    private final ServerSocketChannel server;
    private final Optional<UtpRefusal> utp;
    private final Seeder seeder;
    private final Throttle throttle;
    private final Set<Relay> relays = ConcurrentHashMap.newKeySet();
    private final LongAdder sent = new LongAdder();
    private final LongAdder refusals = new LongAdder();
    private final AtomicInteger expected = new AtomicInteger();
    private final LongAdder stalls = new LongAdder();
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("torrent-watch").factory());
    private volatile long answeredNs = System.nanoTime();
    private volatile boolean closed;

    /** Decides what is given out. */
    @FunctionalInterface
    interface Admission {
        /**
         * The offer of this name.
         *
         * @throws LaneException if there is none, or it may not be given out
         */
        Offer admit(InfoHash hash) throws IOException, InterruptedException;
    }

    private Gate(
            LaneConfig config,
            Admission admission,
            ServerSocketChannel server,
            Optional<UtpRefusal> utp,
            Seeder seeder) {
        this.config = config;
        this.admission = admission;
        this.server = server;
        this.utp = utp;
        this.seeder = seeder;
        this.throttle = new Throttle(config.uploadRate());
    }

    /**
     * Starts to listen.
     *
     * @param seeders makes the seeder once the port is known
     * @throws IOException if the address cannot be bound; the message names it
     */
    static Gate start(LaneConfig config, Admission admission, IntFunction<Seeder> seeders) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        try {
            server.bind(config.listen(), BACKLOG);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw new IOException("cannot listen for BitTorrent on " + config.listen() + ": " + e.getMessage(), e);
        }
        int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
        Gate gate = new Gate(config, admission, server, refuseUtp(config, port), seeders.apply(port));
        gate.start("accept", gate::accept);
        gate.watch.scheduleWithFixedDelay(gate::check, 1, 1, TimeUnit.SECONDS);
        return gate;
    }

    /** Without it clients that try uTP come later, but they come. */
    private static Optional<UtpRefusal> refuseUtp(LaneConfig config, int port) {
        try {
            return Optional.of(UtpRefusal.start(new InetSocketAddress(config.listen().getAddress(), port)));
        } catch (IOException e) {
            LOG.warn("clients that try uTP have to wait: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /** Runs {@code task} on a virtual thread. */
    Thread start(String name, Runnable task) {
        return Thread.ofVirtual().name("torrent-" + name).start(task);
    }

    private void accept() {
        while (!closed) {
            try {
                SocketChannel client = server.accept();
                take(client, Optional.empty());
            } catch (ClosedChannelException e) {
                LOG.debug("the lane's port is closed", e);
                return;
            } catch (IOException | RuntimeException e) {
                LOG.warn("a BitTorrent client could not be accepted", e);
                pause();
            }
        }
    }

    /** Lets other work go on where every accept fails, for example for want of descriptors. */
    private void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closed = true;
        }
    }

    private void take(SocketChannel client, Optional<InfoHash> wanted) throws IOException {
        Relay relay;
        try {
            relay = new Relay(this, client, wanted);
        } catch (IOException e) {
            closeQuietly(client);
            throw e;
        }
        long same = relays.stream().filter(each -> each.address().equals(relay.address())).count();
        if (same >= config.perAddress() || relays.size() >= config.connections() && !makeRoom()) {
            refused();
            closeQuietly(client);
            return;
        }
        relays.add(relay);
        start("client", () -> {
            try {
                relay.run();
            } finally {
                relays.remove(relay);
            }
        });
    }

    /**
     * A client has announced itself; if it has not come after a while, it is connected to. Transmission for one tries
     * uTP and encryption first and is slow to give that up.
     *
     * @param announced how many clients of that host have announced themselves for that torrent
     */
    void expect(InetSocketAddress client, InfoHash hash, IntSupplier announced) {
        if (client.getPort() < LEAST_PORT) {
            return;
        }
        if (expected.incrementAndGet() > MOST_EXPECTED) {
            expected.decrementAndGet();
            return;
        }
        watch.schedule(
                () -> {
                    expected.decrementAndGet();
                    long here = relays.stream().filter(each -> each.isOf(client.getAddress(), hash)).count();
                    if (here < announced.getAsInt()) {
                        start("dial", () -> dial(client, hash));
                    }
                },
                EXPECTED_MS,
                TimeUnit.MILLISECONDS);
    }

    private void dial(InetSocketAddress address, InfoHash hash) {
        try {
            SocketChannel client = SocketChannel.open();
            try {
                client.socket().connect(address, DIAL_MS);
            } catch (IOException e) {
                client.close();
                throw e;
            }
            take(client, Optional.of(hash));
        } catch (IOException e) {
            LOG.debug("{} announced itself and is not reached: {}", address, e.getMessage());
        }
    }

    /** Drops the client that has done nothing for longest, if one has done nothing for a while. */
    private boolean makeRoom() {
        long nowNs = System.nanoTime();
        Optional<Relay> idlest = relays.stream()
                .filter(relay -> relay.idleSinceNs() != Long.MAX_VALUE && nowNs - relay.idleSinceNs() > IDLE_NS)
                .min(Comparator.comparingLong(Relay::idleSinceNs));
        idlest.ifPresent(relay -> {
            relays.remove(relay);
            relay.drop("its place is needed");
        });
        return idlest.isPresent();
    }

    private void check() {
        try {
            long nowNs = System.nanoTime();
            for (Relay relay : relays) {
                relay.check(nowNs);
                if (relay.unansweredNs(nowNs) > HUNG_NS) {
                    if (nowNs - answeredNs > HUNG_NS) {
                        seeder.replace(relay.library());
                    }
                    relay.drop("the library does not answer it");
                }
            }
            seeder.sweep(nowNs);
        } catch (RuntimeException e) {
            LOG.error("the lane's watch failed", e);
        }
    }

    Offer admit(InfoHash hash) throws IOException, InterruptedException {
        return admission.admit(hash);
    }

    Seeder seeder() {
        return seeder;
    }

    Throttle throttle() {
        return throttle;
    }

    long patienceNs() {
        return config.patience().toNanos();
    }

    /** The library sent something to somebody. */
    void answered() {
        answeredNs = System.nanoTime();
    }

    void count(int bytes) {
        sent.add(bytes);
    }

    void refused() {
        refusals.increment();
    }

    void stalled() {
        stalls.increment();
    }

    int port() {
        try {
            return ((InetSocketAddress) server.getLocalAddress()).getPort();
        } catch (IOException e) {
            throw new IllegalStateException("the lane is closed", e);
        }
    }

    LaneStatistics statistics(int peers, long refusedRequests) {
        return new LaneStatistics(
                relays.size(),
                seeder.loaded(),
                peers,
                sent.sum(),
                refusals.sum(),
                stalls.sum(),
                refusedRequests,
                seeder.starts(),
                seeder.hangs());
    }

    void closeQuietly(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("a connection did not close", e);
        }
    }

    @Override
    public void close() {
        closed = true;
        watch.shutdownNow();
        try {
            server.close();
            if (utp.isPresent()) {
                utp.get().close();
            }
        } catch (IOException e) {
            LOG.warn("the lane's port did not close", e);
        }
        relays.forEach(Relay::close);
        seeder.close();
    }
}
