package io.lighterage.proxy;

import io.lighterage.peer.exchange.Exchange;
import io.lighterage.peer.store.BlobStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A registry mirror that listens: the pull API below {@code /v2/}, {@code /healthz}, and whatever else the process
 * mounts beside them. The same class serves a node's engine and, on a supernode, the nodes.
 *
 * <p>Blobs come from the exchange, and HEADs of those that are held from the store; all else is asked of the registry.
 * None of these is closed here.
 */
public final class Mirror implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);
    private static final Duration START_DEADLINE = Duration.ofSeconds(15);
    private static final Duration STOP_DEADLINE = Duration.ofSeconds(5);
    private static final int LONGEST_LINE = 8 << 10;

    /** Tokens of some clouds have many KiB. */
    private static final int LONGEST_HEADERS = 32 << 10;

    private final HttpServer server;
    private final ExecutorService threads;
    private final Manifests manifests;
    private final Counters counters;
    private final InetSocketAddress address;

    private Mirror(
            HttpServer server,
            ExecutorService threads,
            Manifests manifests,
            Counters counters,
            InetSocketAddress address) {
        this.server = server;
        this.threads = threads;
        this.manifests = manifests;
        this.counters = counters;
        this.address = address;
    }

    /**
     * A Vert.x for a process of little memory: two event loops, next to no worker threads, and nothing cached on disk.
     * Whoever makes it closes it.
     */
    public static Vertx newVertx() {
        return Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(2)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
    }

    /**
     * Starts to listen, for HTTPS where there is {@code tls}.
     *
     * @param gate decides who may read what
     * @param lender has credentials for clients that send none
     * @param pushUpstream takes pushes to the registries of {@link MirrorConfig#pushThrough}
     * @param witness is told of the manifests that clients of this host get
     * @param mount adds routes of the process itself, such as {@code /metrics}
     * @throws IOException if the address cannot be listened on; the message names it
     */
    public static Mirror start(
            MirrorConfig config,
            Optional<MirrorTls> tls,
            Vertx vertx,
            Exchange exchange,
            BlobStore store,
            Registry registry,
            Gatekeeper gate,
            Lender lender,
            SizeHints hints,
            PushUpstream pushUpstream,
            ManifestWitness witness,
            Consumer<Router> mount)
            throws IOException, InterruptedException {
        return start(
                config, tls, vertx, exchange, store, registry, gate, lender, hints, pushUpstream, witness, mount,
                InstantSource.system());
    }

    static Mirror start(
            MirrorConfig config,
            Optional<MirrorTls> tls,
            Vertx vertx,
            Exchange exchange,
            BlobStore store,
            Registry registry,
            Gatekeeper gate,
            Lender lender,
            SizeHints hints,
            PushUpstream pushUpstream,
            ManifestWitness witness,
            Consumer<Router> mount,
            InstantSource clock)
            throws IOException, InterruptedException {
        Counters counters = new Counters();
        LongDigests longDigests = new LongDigests(config, store, registry, gate);
        ManifestSource source = new ManifestSource(store, registry, hints);
        Manifests manifests = new Manifests(config, store, source, longDigests, gate, clock);
        BlobHandler blobs =
                new BlobHandler(config, exchange, store, registry, gate, counters.bytesOut, counters.brokenOff);
        ExecutorService threads =
                Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("mirror-", 0).factory());
        ListHandler lists = new ListHandler(config, registry);
        PushHandler pushes = new PushHandler(config, pushUpstream, manifests);
        BaseHandler base = new BaseHandler(config, registry);
        PullApi api = new PullApi(
                config, manifests, blobs, lists, base, pushes, longDigests, gate, lender, witness, clock, counters,
                threads);
        ConnectionGuard guard = new ConnectionGuard(config.mostConnections(), config.headDeadline(), counters);
        Router router = router(vertx, api, mount);
        HttpServerOptions options = options(config);
        tls.ifPresent(how -> how.apply(options));
        HttpServer server = vertx.createHttpServer(options)
                .connectionHandler(guard::connected)
                .invalidRequestHandler(request -> {
                    counters.rejected(Rejection.MALFORMED);
                    HttpServerRequest.DEFAULT_INVALID_REQUEST_HANDLER.handle(request);
                })
                .requestHandler(request -> {
                    if (!guard.began(request) || !api.admits(request)) {
                        return;
                    }
                    if (PullApi.isPlainly(request.path())) {
                        api.handleDirectly(request);
                    } else {
                        router.handle(request);
                    }
                });
        try {
            wait(server.listen(config.port(), config.host()), START_DEADLINE);
        } catch (ExecutionException | TimeoutException e) {
            threads.shutdownNow();
            Throwable why = e instanceof ExecutionException ? e.getCause() : e;
            throw new IOException(
                    "cannot listen on " + config.host() + ":" + config.port() + ": " + why.getMessage(), why);
        }
        InetSocketAddress address = new InetSocketAddress(config.host(), server.actualPort());
        LOG.info("the mirror listens on {}:{}", config.host(), server.actualPort());
        return new Mirror(server, threads, manifests, counters, address);
    }

    private static HttpServerOptions options(MirrorConfig config) {
        return new HttpServerOptions()
                .setHttp2ClearTextEnabled(false)
                .setCompressionSupported(false)
                .setMaxInitialLineLength(LONGEST_LINE)
                .setMaxHeaderSize(LONGEST_HEADERS)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setIdleTimeout(Math.toIntExact(config.idleTimeout().toMillis()))
                .setReuseAddress(true)
                .setTcpNoDelay(true);
    }

    private static Router router(Vertx vertx, PullApi api, Consumer<Router> mount) {
        Router router = Router.router(vertx);
        router.get("/healthz").handler(routing -> routing.response().end("ok\n"));
        router.route("/v2").handler(api::handle);
        router.route("/v2/*").handler(api::handle);
        mount.accept(router);
        router.errorHandler(404, routing -> api.refuse(
                routing.request(), PullApi.notFound(routing.request().path())));
        router.errorHandler(400, routing -> api.refuse(routing.request(), badRequest(routing)));
        router.errorHandler(500, routing -> {
            LOG.error("{}: a fault of this mirror", routing.request().path(), routing.failure());
            api.refuse(routing.request(), RefusedException.of(
                    500, OciError.UNKNOWN, "a fault of this mirror, see its log", routing.request().path()));
        });
        return router;
    }

    private static RefusedException badRequest(RoutingContext routing) {
        String why = routing.failure() == null ? "it is malformed" : String.valueOf(routing.failure().getMessage());
        return RefusedException.of(400, OciError.NAME_INVALID, "bad request: " + why, routing.request().uri());
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return address;
    }

    /** What it has done so far. */
    public MirrorStatistics statistics() {
        return counters.snapshot(manifests.staleCount());
    }

    /** Stops listening and closes all connections; streams of blobs end. */
    @Override
    public void close() {
        try {
            wait(server.close(), STOP_DEADLINE);
            threads.shutdown();
            if (!threads.awaitTermination(STOP_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("{} requests are given up at shut-down", counters.active.get());
                threads.shutdownNow();
            }
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("the mirror on {} did not close cleanly", address, e);
            threads.shutdownNow();
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private static <T> T wait(Future<T> future, Duration deadline)
            throws ExecutionException, TimeoutException, InterruptedException {
        return future.toCompletionStage().toCompletableFuture().get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    }
}
