package io.lighterage.supernode.torrent;

import bt.Bt;
import bt.data.ChunkDescriptor;
import bt.data.ChunkVerifier;
import bt.data.LocalBitfield;
import bt.metainfo.IMetadataService;
import bt.metainfo.Torrent;
import bt.module.PeerConnectionSelector;
import bt.net.ConnectionResult;
import bt.net.ConnectionRoutine;
import bt.net.IPeerConnectionFactory;
import bt.net.InetPeer;
import bt.net.SharedSelector;
import bt.net.SocketChannelConnectionAcceptor;
import bt.runtime.BtClient;
import bt.runtime.BtRuntime;
import bt.runtime.Config;
import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import io.lighterage.peer.store.BlobStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One runtime of {@code bt} that seeds. It listens on no port: its connections are handed to it, each a loopback pair
 * whose other end a {@link Relay} holds. Safe for use by several threads.
 */
final class Library implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Library.class);
    private static final Duration START_DEADLINE = Duration.ofSeconds(10);
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(2);
    private static final int BUFFER = 192 << 10;

    private final BtRuntime runtime;
    private final Doorway doorway;

    private Library(BtRuntime runtime) {
        this.runtime = runtime;
        this.doorway = (Doorway) runtime.service(SocketChannelConnectionAcceptor.class);
    }

    /**
     * Starts a runtime.
     *
     * @param port the lane's port, which the library tells clients
     * @param connections connections that it takes at most
     */
    static Library start(int port, int connections) throws UnknownHostException {
        Config config = new Config();
        config.setAcceptorAddress(InetAddress.getLoopbackAddress());
        config.setAcceptorPort(port);
        config.setMaxPeerConnections(connections);
        config.setMaxPeerConnectionsPerTorrent(connections);
        config.setMaxTransferBlockSize(PeerWire.LONGEST_BLOCK);
        config.setNetworkBufferSize(BUFFER);
        config.setMseDisabled(true);
        config.setShutdownHookTimeout(CLOSE_DEADLINE);
        BtRuntime runtime = BtRuntime.builder(config)
                .module(new SeedModule())
                .module(new LoopModule())
                .disablePeerExchange()
                .disableLocalServiceDiscovery()
                .disableAutomaticShutdown()
                .build();
        runtime.startup();
        return new Library(runtime);
    }

    /** A torrent that is being seeded. */
    final class Seeding {
        private final BtClient client;
        private final CompletableFuture<Void> stopped;

        private Seeding(BtClient client, CompletableFuture<Void> stopped) {
            this.client = client;
            this.stopped = stopped;
        }

        /** Begins to stop; the library takes about a second. */
        CompletableFuture<Void> stop() {
            client.stop();
            return stopped;
        }
    }

    /** Begins to seed; returns when the torrent takes connections. */
    Seeding seed(BlobStore store, Offer offer) throws IOException, InterruptedException {
        // Without a tracker: who wants something finds us, we look for nobody.
        Torrent parsed = runtime.service(IMetadataService.class).fromByteArray(offer.metainfo().encoded());
        CompletableFuture<Boolean> started = new CompletableFuture<>();
        CompletableFuture<Void> stopped = new CompletableFuture<>();
        runtime.getEventSource().onTorrentStarted(parsed.getTorrentId(), event -> started.complete(true));
        runtime.getEventSource().onTorrentStopped(parsed.getTorrentId(), event -> stopped.complete(null));
        BtClient client = Bt.client(runtime).storage(new OfferStorage(store, offer)).torrent(() -> parsed).build();
        client.startAsync().whenComplete((ignored, failure) -> started.complete(false));
        try {
            if (started.get(START_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
                return new Seeding(client, stopped);
            }
        } catch (ExecutionException | TimeoutException e) {
            client.stop();
            throw new IOException("the BitTorrent library did not start " + offer.metainfo().infoHash(), e);
        }
        throw new IOException("the BitTorrent library does not seed " + offer.metainfo().infoHash());
    }

    /** Our end of a new connection to the library. */
    SocketChannel connect() throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
            SocketChannel ours = SocketChannel.open(server.getLocalAddress());
            SocketChannel theirs = server.accept();
            if (!theirs.getRemoteAddress().equals(ours.getLocalAddress())) {
                // Somebody else on this host was quicker.
                theirs.close();
                ours.close();
                throw new IOException("a stranger took the loopback connection");
            }
            // Requests are small and each is waited for.
            ours.setOption(StandardSocketOptions.TCP_NODELAY, true);
            theirs.setOption(StandardSocketOptions.TCP_NODELAY, true);
            doorway.waiting.add(theirs);
            return ours;
        }
    }

    /** Gives up the runtime and its threads. */
    @Override
    public void close() {
        runtime.shutdown();
        for (SocketChannel left = doorway.waiting.poll(); left != null; left = doorway.waiting.poll()) {
            try {
                left.close();
            } catch (IOException e) {
                LOG.debug("a connection did not close", e);
            }
        }
    }

    /** What stands in the place of the library's own parts. */
    private static final class SeedModule extends AbstractModule {
        @Provides
        @Singleton
        SocketChannelConnectionAcceptor acceptor(
                @PeerConnectionSelector SharedSelector selector, IPeerConnectionFactory connections, Config config) {
            return new Doorway(selector, connections, new InetSocketAddress(config.getAcceptorAddress(), 0));
        }

        /** What the store holds was verified when it came. */
        @Provides
        @Singleton
        ChunkVerifier verifier() {
            return new Trusting();
        }
    }

    private static final class Trusting implements ChunkVerifier {
        @Override
        public boolean verify(List<ChunkDescriptor> chunks, LocalBitfield bitfield) {
            for (int i = 0; i < chunks.size(); i++) {
                bitfield.markLocalPieceVerified(i);
            }
            return true;
        }

        @Override
        public boolean verify(ChunkDescriptor chunk) {
            return true;
        }

        @Override
        public boolean verifyIfPresent(ChunkDescriptor chunk) {
            return true;
        }
    }

    /** Takes the connections that are handed to the library instead of listening. */
    private static final class Doorway extends SocketChannelConnectionAcceptor {
        private final IPeerConnectionFactory connections;
        private final BlockingQueue<SocketChannel> waiting = new LinkedBlockingQueue<>();
        private final AtomicInteger labels = new AtomicInteger();

        Doorway(SharedSelector selector, IPeerConnectionFactory connections, InetSocketAddress address) {
            super(selector, connections, address);
            this.connections = connections;
        }

        @Override
        public ConnectionRoutine accept() {
            try {
                return new Handed(waiting.take(), label());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new Handed(null, InetAddress.getLoopbackAddress());
            }
        }

        /** An address for each connection: the library takes two from the same for one peer that connected twice. */
        private InetAddress label() {
            int number = labels.incrementAndGet();
            try {
                return InetAddress.getByAddress(
                        new byte[] {127, (byte) (1 + (number >> 16 & 0x7f)), (byte) (number >> 8), (byte) number});
            } catch (UnknownHostException e) {
                throw new IllegalStateException("four bytes are an address", e);
            }
        }

        private final class Handed implements ConnectionRoutine {
            private final SocketChannel channel;
            private final InetAddress label;

            Handed(SocketChannel channel, InetAddress label) {
                this.channel = channel;
                this.label = label;
            }

            @Override
            public SocketAddress getRemoteAddress() {
                return new InetSocketAddress(label, 0);
            }

            @Override
            public ConnectionResult establish() {
                return channel == null
                        ? ConnectionResult.failure("the library is shutting down")
                        : connections.createIncomingConnection(InetPeer.builder(label).build(), channel);
            }

            @Override
            public void cancel() {
                if (channel == null) {
                    return;
                }
                try {
                    channel.close();
                } catch (IOException e) {
                    LOG.debug("a connection did not close", e);
                }
            }
        }
    }
}
