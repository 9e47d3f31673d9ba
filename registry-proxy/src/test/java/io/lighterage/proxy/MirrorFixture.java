package io.lighterage.proxy;

import io.lighterage.peer.store.BlobStore;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/** A mirror over a real store, with an upstream that the test plays and a clock that it turns. */
final class MirrorFixture implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(20);

    final TestUpstream upstream = new TestUpstream();
    final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
    final Map<String, Long> hints = new ConcurrentHashMap<>();

    /** The manifests that clients of this host got, with their credentials. */
    final List<String> witnessed = new CopyOnWriteArrayList<>();

    final BlobStore store;
    final StoreExchange exchange;
    final Mirror mirror;
    private final Vertx vertx = Mirror.newVertx();
    private final MirrorRegistry registry = new MirrorRegistry(upstream.uri(), Duration.ofSeconds(5));
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    MirrorFixture(Path directory) throws IOException, InterruptedException {
        this(directory, config -> config);
    }

    MirrorFixture(Path directory, UnaryOperator<MirrorConfig> configured) throws IOException, InterruptedException {
        this(directory, configured, push -> {
            throw new IOException("nothing is pushed here");
        });
    }

    MirrorFixture(Path directory, UnaryOperator<MirrorConfig> configured, PushUpstream pushes)
            throws IOException, InterruptedException {
        store = BlobStore.open(directory);
        exchange = new StoreExchange(store);
        MirrorConfig config = configured.apply(MirrorConfig.on("127.0.0.1", 0));
        mirror = Mirror.start(
                config,
                Optional.empty(),
                vertx,
                exchange,
                store,
                registry,
                TestGate.open(store, registry, now::get),
                Lender.NOBODY,
                (digest, length) -> hints.put(digest.toString(), length),
                pushes,
                (repository, authorization, digest, document) ->
                        witnessed.add(repository + "@" + digest + " " + authorization),
                router -> router.get("/mounted").handler(routing -> routing.response().end("here")),
                now::get);
    }

    /** Headers are names and values in turn. */
    HttpResponse<byte[]> get(String path, String... headers) throws IOException, InterruptedException {
        return send("GET", path, headers);
    }

    HttpResponse<byte[]> send(String method, String path, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + mirror.address().getPort() + path))
                .timeout(PATIENCE)
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    /** A connection on which this request has been written and nothing been read. */
    Socket raw(String request) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(64 << 10);
        socket.setSoTimeout((int) PATIENCE.toMillis());
        socket.connect(mirror.address());
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    /** Waits until it is so. */
    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long untilNs = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > untilNs) {
                throw new AssertionError("not within " + PATIENCE.toSeconds() + " s: " + what);
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        mirror.close();
        registry.close();
        client.close();
        upstream.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
        store.close();
    }
}
