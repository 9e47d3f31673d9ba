package io.lighterage.supernode.torrent;

import bt.Bt;
import bt.BtClientBuilder;
import bt.metainfo.IMetadataService;
import bt.metainfo.Torrent;
import bt.protocol.crypto.EncryptionPolicy;
import bt.runtime.BtClient;
import bt.runtime.BtRuntime;
import bt.runtime.Config;
import bt.torrent.TorrentSessionState;
import bt.tracker.http.HttpTrackerModule;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Quoted;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;

/**
 * Downloads a torrent by {@code bt}, for hosts that have no other client. Pieces are verified as they come, and at
 * the end every file that is named by its sha256, as those of an OCI image layout are. Files that are there already
 * are kept as far as they are right.
 */
public final class TorrentFetch {
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final Duration TICK = Duration.ofMillis(250);
    private static final int BUFFER = 1 << 20;

    private final Path directory;
    private final Duration patience;
    private final LongConsumer total;
    private final LongConsumer received;
    private final AtomicReference<Metainfo> metainfo = new AtomicReference<>();
    private final AtomicReference<IOException> refused = new AtomicReference<>();
    private long lastBytes;
    private long lastProgressNs;

    /**
     * @param directory where the files go; made if need be
     * @param patience how long nothing may come before it fails
     * @param total is told how many bytes there are, once
     * @param received is told how many are here and verified, whenever there are more
     */
    public TorrentFetch(Path directory, Duration patience, LongConsumer total, LongConsumer received) {
        this.directory = directory;
        this.patience = patience;
        this.total = total;
        this.received = received;
    }

    /**
     * Downloads what a {@code .torrent} names.
     *
     * @return the file or directory
     * @throws MalformedException if it is none
     * @throws IOException if nothing comes, or the disk fails
     */
    public Path torrent(byte[] torrent) throws IOException, InterruptedException {
        learn(Metainfo.parseTorrent(torrent));
        return run(runtime -> client(runtime).torrent(() -> parsed(runtime, torrent)));
    }

    /** Downloads what a magnet link names, as {@link #torrent} does. */
    public Path magnet(Magnet magnet) throws IOException, InterruptedException {
        return run(runtime -> client(runtime).magnet(magnet.toString()).afterTorrentFetched(this::fetched));
    }

    private static Torrent parsed(BtRuntime runtime, byte[] torrent) {
        return runtime.service(IMetadataService.class).fromByteArray(torrent);
    }

    /** Completes a client of a runtime by what it downloads. */
    private interface Wanted {
        BtClientBuilder of(BtRuntime runtime);
    }

    private BtClientBuilder client(BtRuntime runtime) {
        return Bt.client(runtime).storage(new DirectoryStorage(directory)).stopWhenDownloaded();
    }

    /** Metadata came from a peer; it has the right hash, but what it says is a stranger's. */
    private void fetched(Torrent torrent) {
        try {
            learn(Metainfo.parse(torrent.getSource().getExchangedMetadata()));
        } catch (IOException e) {
            refused.set(e);
            throw new IllegalArgumentException(e);
        }
    }

    private void learn(Metainfo known) throws IOException {
        Files.createDirectories(directory);
        long room = Files.getFileStore(directory).getUsableSpace();
        long there = 0;
        for (Metainfo.File file : known.files()) {
            Path path = DirectoryStorage.path(directory, known, file);
            there += Files.exists(path) ? Math.min(Files.size(path), file.length()) : 0;
        }
        if (known.length() - there > room) {
            throw new IOException(
                    known.name() + " has " + known.length() + " bytes, " + directory + " has room for " + room);
        }
        metainfo.set(known);
        total.accept(known.length());
    }

    private Path run(Wanted wanted) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        BtRuntime runtime = BtRuntime.builder(config())
                .module(new HttpTrackerModule())
                .module(new LoopModule())
                // The library drops a peer that says that it has no news of others, and aria2 says so at once.
                .disablePeerExchange()
                .disableLocalServiceDiscovery()
                .disableAutomaticShutdown()
                .build();
        try {
            BtClient client = wanted.of(runtime).build();
            lastProgressNs = System.nanoTime();
            CompletableFuture<?> done = client.startAsync(this::watch, TICK.toMillis());
            await(done);
            client.stop();
        } finally {
            runtime.shutdown();
        }
        return verified();
    }

    private static Config config() throws IOException {
        Config config = new Config();
        config.setAcceptorAddress(InetAddress.getByName("0.0.0.0"));
        config.setAcceptorPort(freePort());
        config.setPeerDiscoveryInterval(Duration.ofSeconds(1));
        config.setTrackerTimeout(Duration.ofSeconds(10));
        config.setTrackerQueryInterval(Duration.ofSeconds(15));
        config.setPeerConnectionTimeout(Duration.ofSeconds(5));
        config.setPeerConnectionRetryInterval(Duration.ofSeconds(5));
        config.setMaxPeerConnections(64);
        config.setMaxPeerConnectionsPerTorrent(64);
        config.setMaxPieceReceivingTime(Duration.ofSeconds(20));
        config.setTimeoutedAssignmentPeerBanDuration(Duration.ofSeconds(10));
        config.setUnreachablePeerBanDuration(Duration.ofSeconds(10));
        config.setNumOfHashingThreads(Runtime.getRuntime().availableProcessors());
        config.setMseDisabled(true);
        config.setEncryptionPolicy(EncryptionPolicy.REQUIRE_PLAINTEXT);
        config.setShutdownHookTimeout(Duration.ofSeconds(2));
        return config;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private synchronized void watch(TorrentSessionState state) {
        Metainfo known = metainfo.get();
        if (known == null || state.getPiecesTotal() == 0) {
            return;
        }
        long bytes = Math.min(known.length(), (long) state.getPiecesComplete() * known.pieceLength());
        long moved = Math.max(bytes, state.getDownloaded());
        if (moved > lastBytes) {
            lastBytes = moved;
            lastProgressNs = System.nanoTime();
        }
        received.accept(bytes);
    }

    private synchronized long quietNs() {
        return System.nanoTime() - lastProgressNs;
    }

    private void await(CompletableFuture<?> done) throws IOException, InterruptedException {
        while (true) {
            try {
                done.get(TICK.toMillis(), TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException e) {
                if (quietNs() > patience.toNanos()) {
                    throw new IOException(
                            "nothing came for " + patience.toSeconds()
                                    + " s: no tracker or peer answers, or none has it",
                            e);
                }
            } catch (ExecutionException e) {
                throw new IOException("the download failed: " + e.getCause().getMessage(), e.getCause());
            }
        }
    }

    /** The library ends in the same way whether it has everything or gave up: only the files tell. */
    private Path verified() throws IOException {
        if (refused.get() != null) {
            throw refused.get();
        }
        Metainfo known = metainfo.get();
        if (known == null) {
            throw new IOException("no peer gave the torrent's metadata");
        }
        List<String> named = new ArrayList<>();
        for (Metainfo.File file : known.files()) {
            Path path = DirectoryStorage.path(directory, known, file);
            if (!Files.exists(path) && file.length() == 0) {
                Files.createDirectories(path.getParent());
                Files.createFile(path);
            }
            if (!Files.isRegularFile(path) || Files.size(path) != file.length()) {
                throw new IOException(path + " did not come whole");
            }
            String name = file.path().getLast();
            if (SHA256.matcher(name).matches() && !sha256(path).equals(name)) {
                named.add(name);
            }
        }
        if (!named.isEmpty()) {
            throw new IOException(
                    "the torrent gives other bytes than those that " + Quoted.of(named.getFirst()) + " names");
        }
        received.accept(known.length());
        return directory.resolve(known.name());
    }

    private static String sha256(Path path) throws IOException {
        MessageDigest hash = Digest.sha256();
        byte[] step = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(path)) {
            for (int count = in.read(step); count >= 0; count = in.read(step)) {
                hash.update(step, 0, count);
            }
        }
        return Digest.finish(hash).hex();
    }
}
