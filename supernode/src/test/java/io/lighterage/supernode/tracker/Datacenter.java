package io.lighterage.supernode.tracker;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.BlobRefusedException;
import io.lighterage.peer.exchange.BlobSlice;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.BlobStream;
import io.lighterage.peer.exchange.Doorkeeper;
import io.lighterage.peer.exchange.Exchange;
import io.lighterage.peer.exchange.SwarmConfig;
import io.lighterage.peer.exchange.SwarmExchange;
import io.lighterage.peer.exchange.Upstream;
import io.lighterage.peer.exchange.Uploads;
import io.lighterage.peer.grant.BlobLinks;
import io.lighterage.peer.grant.GrantBook;
import io.lighterage.peer.grant.GrantIssuer;
import io.lighterage.peer.grant.GrantStatistics;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.wire.Frame;
import io.lighterage.peer.wire.Hello;
import io.lighterage.peer.wire.WireConfig;
import io.lighterage.supernode.upstream.RegistryClient;
import io.lighterage.supernode.upstream.UpstreamConfig;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A small datacenter in one process: a registry, a supernode and nodes, real but for the hosts between them. */
final class Datacenter implements AutoCloseable {
    static final Repository REPOSITORY = new Repository("registry.test", "team/app");
    static final Optional<BlobSource> SOURCE = Optional.of(BlobSource.of(REPOSITORY));
    static final Duration DEADLINE = Duration.ofSeconds(60);

    private static final Duration OFFLINE = Duration.ofHours(1);

    private final Path directory;
    private final HttpServer registry;
    private final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
    private final Map<Digest, AtomicLong> served = new ConcurrentHashMap<>();
    private final List<AutoCloseable> toClose = new ArrayList<>();
    private final Map<SwarmExchange, BlobStore> nodeStores = new HashMap<>();
    private final Map<SwarmExchange, GrantBook> nodeGrants = new HashMap<>();
    private volatile boolean upstreamDown;
    private volatile int status = 200;
    private volatile boolean doorClosed;
    private final AtomicLong bytesUntilDown = new AtomicLong(Long.MAX_VALUE);
    BlobStore supernodeStore;
    SupernodeExchange supernode;
    private InetSocketAddress supernodeAddress;
    private byte[] grantKey;
    private GrantBook supernodeGrants;
    private int made;

    /** The registry of this datacenter is open to everybody, until it is closed. */
    private record OpenDoor(BlobLinks links, BooleanSupplier closed) implements Doorkeeper {
        @Override
        public void admit(Digest digest, BlobSource source, boolean held) throws BlobRefusedException {
            if (closed.getAsBoolean()) {
                throw new BlobRefusedException(digest, new Frame.Refusal(403, "", "", new byte[0]));
            }
            if (held) {
                links.add(source.repository(), digest);
            }
        }

        @Override
        public Optional<Frame.Refusal> admitManifest(Repository repository, String reference, String authorization) {
            return Optional.empty();
        }

        @Override
        public void gave(Digest digest, BlobSource source, boolean fresh) {
            if (fresh) {
                links.begin(source.repository(), digest);
            }
        }

        @Override
        public boolean isPublic(Repository repository) {
            return !closed.getAsBoolean();
        }
    }

    Datacenter(Path directory) throws IOException {
        this.directory = directory;
        registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        registry.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        registry.createContext("/v2/", this::serve);
        registry.start();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (upstreamDown) {
                return;
            }
            String path = exchange.getRequestURI().getPath();
            Digest digest = Digest.parse(path.substring(path.lastIndexOf('/') + 1));
            byte[] blob = blobs.get(digest);
            if (blob == null || status != 200) {
                exchange.sendResponseHeaders(blob == null ? 404 : status, -1);
                return;
            }
            String range = blob.length == 0 ? null : exchange.getRequestHeaders().getFirst("Range");
            int from = 0;
            int to = blob.length;
            if (range != null) {
                String[] ends = range.substring("bytes=".length()).split("-", 2);
                from = Integer.parseInt(ends[0]);
                to = ends[1].isEmpty() ? to : Math.min(to, Integer.parseInt(ends[1]) + 1);
                exchange.getResponseHeaders()
                        .add("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + blob.length);
            }
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().add("Content-Length", Integer.toString(blob.length));
                exchange.sendResponseHeaders(200, -1);
                return;
            }
            exchange.sendResponseHeaders(range == null ? 200 : 206, to == from ? -1 : to - from);
            try (OutputStream out = exchange.getResponseBody()) {
                for (int offset = from; offset < to; offset += 64 << 10) {
                    int length = Math.min(64 << 10, to - offset);
                    if (bytesUntilDown.addAndGet(-length) < 0) {
                        upstreamDown = true;
                        return;
                    }
                    out.write(blob, offset, length);
                    served.get(digest).addAndGet(length);
                }
            }
        }
    }

    /** Puts a blob into the registry, under the digest that its bytes have or under a wrong one. */
    Digest publish(byte[] content, Digest digest) {
        served.put(digest, new AtomicLong());
        blobs.put(digest, content);
        return digest;
    }

    Digest publish(byte[] content) {
        return publish(content, Digest.of(content));
    }

    /** Bytes of a blob that the registry has sent. */
    long served(Digest digest) {
        return served.get(digest).get();
    }

    void upstreamDown(boolean down) {
        upstreamDown = down;
    }

    /** The registry breaks off what it sends, and is down, after so many bytes more. */
    void upstreamDownAfter(long bytes) {
        bytesUntilDown.set(bytes);
    }

    void upstreamStatus(int status) {
        this.status = status;
    }

    private UpstreamConfig upstreamConfig() {
        return UpstreamConfig.defaults().toBuilder()
                .upstream(REPOSITORY.registry(), URI.create("http://127.0.0.1:" + registry.getAddress().getPort()))
                .build();
    }

    /** Starts the supernode, or starts it again on the port and the data that it had. */
    SupernodeExchange startSupernode(Uploads.Limits limits) throws IOException {
        UpstreamConfig config = upstreamConfig();
        RegistryClient client = new RegistryClient(config);
        supernodeStore = BlobStore.open(directory.resolve("supernode"));
        InetSocketAddress bind = supernodeAddress == null
                ? new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)
                : supernodeAddress;
        BlobLinks links = new BlobLinks(supernodeStore.table("links"));
        GrantIssuer issuer =
                GrantIssuer.open(supernodeStore.table("grants"), Duration.ofMinutes(10), InstantSource.system());
        grantKey = issuer.publicKey();
        GrantBook grants = new GrantBook(supernodeStore.table("grants"), links, OFFLINE, InstantSource.system());
        grants.trust(grantKey);
        supernodeGrants = grants;
        supernode = SupernodeExchange.start(
                limits, WireConfig.on(bind), hello(Hello.Role.SUPERNODE), supernodeStore, client, config,
                directory.resolve("spool"), new OpenDoor(links, () -> doorClosed), issuer, grants);
        supernodeAddress = supernode.transport().localAddress();
        return supernode;
    }

    SupernodeExchange startSupernode() throws IOException {
        return startSupernode(new Uploads.Limits(4, 64, 0));
    }

    void stopSupernode() throws IOException {
        if (supernode != null) {
            supernode.close();
            supernodeStore.close();
            supernode = null;
        }
    }

    /** Starts a node; without a supernode in sight if there has been none. */
    SwarmExchange startNode(SwarmConfig config) throws IOException {
        return startNode(config, "node-" + made++);
    }

    SwarmExchange startNode(SwarmConfig config, String name) throws IOException {
        BlobStore store = BlobStore.open(directory.resolve(name));
        InetSocketAddress at = supernodeAddress;
        Upstream upstream = new RegistryClient(upstreamConfig());
        GrantBook grants = new GrantBook(
                store.table("grants"), new BlobLinks(store.table("links")), OFFLINE, InstantSource.system());
        SwarmExchange node = SwarmExchange.start(
                config,
                WireConfig.on(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
                hello(Hello.Role.NODE),
                store,
                at == null ? Optional.empty() : Optional.of(() -> {
                    grants.trust(grantKey);
                    return at;
                }),
                Optional.of(upstream),
                grants);
        nodeStores.put(node, store);
        nodeGrants.put(node, grants);
        toClose.add(() -> stopNode(node));
        return node;
    }

    SwarmExchange startNode() throws IOException {
        return startNode(SwarmConfig.DEFAULT);
    }

    void stopNode(SwarmExchange node) throws IOException {
        BlobStore store = nodeStores.remove(node);
        if (store != null) {
            node.close();
            store.close();
        }
    }

    /** From now on upstream lets nobody in. */
    void closeDoor() {
        doorClosed = true;
    }

    /** Signs as the supernode does, at any time. */
    GrantIssuer issuer(InstantSource clock) throws IOException {
        return GrantIssuer.open(supernodeStore.table("grants"), Duration.ofMinutes(10), clock);
    }

    /** What the supernode made of grants. */
    GrantStatistics grants() {
        return supernodeGrants.statistics();
    }

    /** What a node made of grants. */
    GrantStatistics grants(SwarmExchange node) {
        return nodeGrants.get(node).statistics();
    }

    BlobStore store(SwarmExchange node) {
        return nodeStores.get(node);
    }

    private static Hello hello(Hello.Role role) {
        return new Hello(Hello.VERSION, UUID.randomUUID(), role, "127.0.0.1", 0, "", "", 0);
    }

    /** Reads a blob through an exchange as the mirror does, and answers the digest of what came. */
    static Digest pull(Exchange exchange, Digest digest) throws Exception {
        BlobInfo info = exchange.describe(digest, SOURCE, DEADLINE);
        MessageDigest hash = Digest.sha256();
        try (BlobStream stream = exchange.stream(digest, info.all(), SOURCE, Priority.PREFETCH)) {
            BlobSlice slice = stream.next(1 << 20, DEADLINE);
            while (slice != null) {
                try (BlobSlice piece = slice) {
                    ByteBuffer bytes = ByteBuffer.allocate((int) piece.range().length());
                    piece.reader().read(piece.range().offset(), bytes);
                    hash.update(bytes.flip());
                }
                slice = stream.next(1 << 20, DEADLINE);
            }
        }
        return Digest.finish(hash);
    }

    /** Pulls blobs through every node at once. */
    static void pullEverywhere(List<SwarmExchange> nodes, Digest... digests) throws Exception {
        try (ExecutorService pulls = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Digest>> answers = new ArrayList<>();
            for (SwarmExchange node : nodes) {
                for (Digest digest : digests) {
                    answers.add(pulls.submit(() -> pull(node, digest)));
                }
            }
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).get(60, TimeUnit.SECONDS)).isEqualTo(digests[i % digests.length]);
            }
        }
    }

    /** Waits until something is so, half a minute at most. */
    static void await(BooleanSupplier condition) throws InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadlineNs);
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable closeable : toClose) {
            closeable.close();
        }
        stopSupernode();
        registry.stop(0);
    }
}
