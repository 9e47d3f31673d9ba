package io.lighterage.proxy;

import io.lighterage.peer.content.Repository;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request while a virtual thread answers it. */
final class Call {
    /** Says that this is a registry of the second protocol; some clients look for it in every answer. */
    static final String VERSION_HEADER = "Docker-Distribution-API-Version";

    static final String VERSION = "registry/2.0";

    private static final Pattern NO_CACHE = Pattern.compile("(?i)(?:^|[,\\s])(?:no-cache|max-age=0)(?:$|[,\\s])");
    private static final Logger LOG = LoggerFactory.getLogger(Call.class);

    private final Route route;
    private final Optional<Repository> repository;
    private final HttpServerRequest request;
    private final Context context;
    private final Duration patience;

    /** What to do when the client goes. Guarded by {@code this}, as is {@link #gone}. */
    private final List<Runnable> farewells = new ArrayList<>();

    private boolean gone;

    /** What the host lends the client, or null; used by the thread that answers. */
    private String lent;

    /**
     * @param context the request's event loop
     * @param patience how long a client may take to read what fits in the connection's buffers
     */
    Call(
            Route route,
            Optional<Repository> repository,
            HttpServerRequest request,
            Context context,
            Duration patience) {
        this.route = route;
        this.repository = repository;
        this.request = request;
        this.context = context;
        this.patience = patience;
    }

    Route route() {
        return route;
    }

    /** The repository that the request names; there is one unless the route is {@link Route.Base}. */
    Repository repository() {
        return repository.orElseThrow(() -> new IllegalStateException(route + " names no repository"));
    }

    HttpServerResponse response() {
        return request.response();
    }

    boolean isHead() {
        return request.method().equals(HttpMethod.HEAD);
    }

    /** The request's method. */
    String method() {
        return request.method().name();
    }

    /** The header's value, several lines joined by commas; {@code null} without one. */
    String header(String name) {
        List<String> lines = request.headers().getAll(name);
        return lines.isEmpty() ? null : String.join(",", lines);
    }

    /** Whether the client runs on this host: it comes from the loopback, or from the address that it reached. */
    boolean isFromThisHost() {
        String client = request.remoteAddress().hostAddress();
        String here = request.localAddress().hostAddress();
        return client != null
                && (client.equals(here) || client.startsWith("127.") || client.matches("0*(:0*){1,6}:0*1"));
    }

    /** The path as it came, undecoded. */
    String path() {
        return request.path();
    }

    /** The registry that the query names, if it does. */
    Optional<String> ns() {
        return Optional.ofNullable(request.getParam("ns"));
    }

    /** The raw query, or empty. */
    String query() {
        return request.query() == null ? "" : request.query();
    }

    Asker asker() {
        String authorization = lent == null ? request.getHeader("Authorization") : lent;
        String accept = header("Accept");
        String caching = header("Cache-Control");
        boolean revalidate = caching != null && NO_CACHE.matcher(caching).find();
        return new Asker(authorization == null ? "" : authorization, accept == null ? "" : accept, revalidate);
    }

    /** Whether the client wants only another entity than this ({@code If-Match}, RFC 9110 section 13.1.1). */
    boolean wantsAnother(String etag) {
        String wanted = header("If-Match");
        if (wanted == null) {
            return false;
        }
        for (String one : wanted.split(",")) {
            if (one.strip().equals("*") || one.strip().equals(etag)) {
                return false;
            }
        }
        return true;
    }

    /** Answers the client as if it had sent these credentials. */
    void lend(String authorization) {
        lent = authorization;
    }

    /** Whether the client holds this entity already ({@code If-None-Match}, RFC 9110 section 13.1.2). */
    boolean matches(String etag) {
        String held = header("If-None-Match");
        if (held == null) {
            return false;
        }
        for (String one : held.split(",")) {
            String tag = one.strip();
            if (tag.equals("*") || tag.equals(etag) || tag.equals("W/" + etag)) {
                return true;
            }
        }
        return false;
    }

    /** Sends a whole answer of a few MiB at most. After HEAD, and with status 304, only its head. */
    void answer(int status, Map<String, String> headers, byte[] body) throws IOException, InterruptedException {
        HttpServerResponse response = response().setStatusCode(status);
        headers.forEach(response::putHeader);
        if (status == 304) {
            await(response.end(), patience);
            return;
        }
        response.putHeader("Content-Length", Long.toString(body.length));
        await(isHead() ? response.end() : response.end(Buffer.buffer(body)), patience);
    }

    /** Answers with an error, or resets the connection if another answer has begun. */
    void refuse(RefusedException refusal) throws IOException, InterruptedException {
        if (response().headWritten()) {
            abort(refusal.getMessage());
            return;
        }
        response().headers().clear();
        response().putHeader(VERSION_HEADER, VERSION);
        refusal.headers().forEach(response()::putHeader);
        answer(refusal.status(), Map.of("Content-Type", "application/json"), refusal.body());
    }

    /** Resets the connection, so that no short body can look whole. */
    void abort(String why) {
        LOG.debug("{} {} is broken off: {}", request.method(), request.path(), why);
        request.connection().close();
    }

    /** Runs {@code action} on the request's event loop, where Vert.x sends files. */
    void onLoop(Runnable action) {
        context.runOnContext(ignored -> action.run());
    }

    /**
     * Has {@code farewell} run when the client closes the connection before the answer is complete; at once if it has.
     * It runs on a thread of its own, for it may block.
     */
    synchronized void onGone(Runnable farewell) {
        if (gone) {
            Thread.startVirtualThread(farewell);
        } else {
            farewells.add(farewell);
        }
    }

    /** The client has closed the connection. Called on the event loop. */
    synchronized void clientGone() {
        gone = true;
        farewells.forEach(Thread::startVirtualThread);
        farewells.clear();
    }

    /** Whether the client has closed the connection. */
    synchronized boolean isGone() {
        return gone;
    }

    /**
     * Waits until what was written has gone to the connection.
     *
     * @throws IOException if the connection broke, or the client read too slowly: then it is closed
     */
    void await(Future<?> written, Duration deadline) throws IOException, InterruptedException {
        try {
            written.toCompletionStage().toCompletableFuture().get(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            abort("the client does not read");
            throw new IOException("the client did not read within " + deadline.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            throw new IOException("the connection broke: " + e.getCause().getMessage(), e.getCause());
        }
    }
}
