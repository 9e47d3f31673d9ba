package io.lighterage.proxy;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.InvalidDigestException;
import io.lighterage.peer.content.InvalidReferenceException;
import io.lighterage.peer.content.Quoted;
import io.lighterage.peer.content.Repository;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Understands requests below {@code /v2/} on the event loop, and has each answered on a virtual thread of its own. */
final class PullApi {
    private static final Logger LOG = LoggerFactory.getLogger(PullApi.class);

    /** Tokens of some clouds have several KiB. */
    private static final int LONGEST_AUTHORIZATION = 28 << 10;

    private final MirrorConfig config;
    private final RegistryNames names;
    private final Manifests manifests;
    private final BlobHandler blobs;
    private final ListHandler lists;
    private final BaseHandler base;
    private final PushHandler pushes;
    private final LongDigests longDigests;
    private final Gatekeeper gate;
    private final Lender lender;
    private final ManifestWitness witness;
    private final InstantSource clock;
    private final Counters counters;
    private final Executor threads;

    PullApi(
            MirrorConfig config,
            Manifests manifests,
            BlobHandler blobs,
            ListHandler lists,
            BaseHandler base,
            PushHandler pushes,
            LongDigests longDigests,
            Gatekeeper gate,
            Lender lender,
            ManifestWitness witness,
            InstantSource clock,
            Counters counters,
            Executor threads) {
        this.config = config;
        this.names = new RegistryNames(config.defaultRegistry(), config.registries());
        this.manifests = manifests;
        this.blobs = blobs;
        this.lists = lists;
        this.base = base;
        this.pushes = pushes;
        this.longDigests = longDigests;
        this.gate = gate;
        this.lender = lender;
        this.witness = witness;
        this.clock = clock;
        this.counters = counters;
        this.threads = threads;
    }

    /** Whether a request is well addressed; one that is not is refused here. On the event loop. */
    boolean admits(HttpServerRequest request) {
        try {
            RequestCheck.host(request, counters);
            return true;
        } catch (RefusedException e) {
            refuse(request, e);
            return false;
        }
    }

    /** Whether a path is below {@code /v2/} however it may be normalised, so that no router need look at it. */
    static boolean isPlainly(String path) {
        return path != null
                && path.startsWith("/v2/")
                && path.indexOf('%') < 0
                && !path.contains("//")
                && !path.contains("/.");
    }

    /** Takes a request. On the event loop; does not block. */
    void handle(RoutingContext routing) {
        handle(routing.request());
    }

    /** The same, past the router, which would answer for a fault. */
    void handleDirectly(HttpServerRequest request) {
        try {
            handle(request);
        } catch (RuntimeException e) {
            LOG.error("{}: a fault of this mirror", request.path(), e);
            refuse(request, RefusedException.of(
                    500, OciError.UNKNOWN, "a fault of this mirror, see its log", request.path()));
        }
    }

    private void handle(HttpServerRequest request) {
        request.response().exceptionHandler(e -> LOG.debug("{}: the connection broke", request.path(), e));
        try {
            boolean reads = request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
            if (reads) {
                RequestCheck.noBody(request, counters);
            } else if (config.pushThrough().isEmpty()) {
                throw pushRefused(request);
            }
            String authorization = request.getHeader("Authorization");
            if (authorization != null && authorization.length() > LONGEST_AUTHORIZATION) {
                gate.oversized();
                throw new RefusedException(
                        431,
                        Map.of("Connection", "close"),
                        OciError.body(OciError.UNAUTHORIZED, "the credentials have more than "
                                + LONGEST_AUTHORIZATION + " characters", "Authorization"),
                        "oversized credentials");
            }
            Route route = route(request);
            Optional<Repository> repository =
                    route instanceof Route.Base ? Optional.empty() : Optional.of(repository(request, route));
            Optional<RequestBody> push = reads && !(route instanceof Route.Upload)
                    ? Optional.empty()
                    : Optional.of(push(request, route, repository));
            Call call = new Call(route, repository, request, Vertx.currentContext(), config.stallDeadline());
            request.response().closeHandler(ignored -> call.clientGone());
            counters.active.incrementAndGet();
            try {
                threads.execute(() -> answer(call, push));
            } catch (RejectedExecutionException e) {
                counters.active.decrementAndGet();
                throw RefusedException.of(503, OciError.UNAVAILABLE, "the mirror is shutting down", request.path());
            }
        } catch (RefusedException e) {
            refuse(request, e);
        }
    }

    /** Answers with an error on the event loop. */
    void refuse(HttpServerRequest request, RefusedException refusal) {
        HttpServerResponse response = request.response();
        if (response.headWritten() || response.closed()) {
            request.connection().close();
            return;
        }
        counters.answered("other", refusal.status());
        refusal.headers().forEach(response::putHeader);
        response.setStatusCode(refusal.status())
                .putHeader(Call.VERSION_HEADER, Call.VERSION)
                .putHeader("Content-Type", "application/json");
        byte[] body = refusal.body();
        if (request.method().equals(HttpMethod.HEAD)) {
            response.putHeader("Content-Length", Integer.toString(body.length)).end();
        } else {
            response.end(Buffer.buffer(body));
        }
    }

    private RefusedException pushRefused(HttpServerRequest request) {
        counters.rejected(Rejection.PUSH);
        return PushHandler.refused(request.method().name(), request.path());
    }

    /** The body of a push that is passed on. */
    private RequestBody push(HttpServerRequest request, Route route, Optional<Repository> repository)
            throws RefusedException {
        boolean isPush = route instanceof Route.Upload || route instanceof Route.Manifest || route instanceof Route.Blob;
        if (!isPush || repository.isEmpty() || !pushes.takes(repository.get())) {
            throw pushRefused(request);
        }
        if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
            request.response().writeContinue();
        }
        return new RequestBody(request, Vertx.currentContext(), config.stallDeadline());
    }

    private static Route route(HttpServerRequest request) throws RefusedException {
        String path = request.path();
        try {
            if (path.indexOf('%') >= 0) {
                path = URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
            }
        } catch (IllegalArgumentException e) {
            throw RefusedException.of(
                    400, OciError.NAME_INVALID, "the path is not well encoded: " + e.getMessage(), request.path());
        }
        Optional<Route> route = Route.parse(path);
        if (route.isEmpty()) {
            throw notFound(path);
        }
        return route.get();
    }

    static RefusedException notFound(String path) {
        return RefusedException.of(404, "NOT_FOUND", "nothing is here: " + Quoted.of(path), path);
    }

    private Repository repository(HttpServerRequest request, Route route) throws RefusedException {
        try {
            String ns = request.getParam("ns");
            if (ns != null && !Repository.isRegistry(ns)) {
                throw RefusedException.of(400, OciError.NAME_INVALID, "ns is no registry: " + Quoted.of(ns), ns);
            }
            return names.resolve(Optional.ofNullable(ns), route.name());
        } catch (InvalidReferenceException e) {
            // Registries have no such repository, whatever is in it.
            throw RefusedException.of(404, OciError.NAME_INVALID, e.getMessage(), route.name());
        } catch (IllegalArgumentException e) {
            throw RefusedException.of(
                    400, OciError.NAME_INVALID, "the query is not well encoded: " + e.getMessage(), request.query());
        }
    }

    private void answer(Call call, Optional<RequestBody> push) {
        try {
            call.response().putHeader(Call.VERSION_HEADER, Call.VERSION);
            try {
                if (push.isPresent()) {
                    pushes.handle(call, push.get());
                } else {
                    lending(call);
                }
            } catch (RefusedException e) {
                if (e.status() >= 500 && !call.isGone()) {
                    LOG.warn("{} is answered with {}: {}", call.path(), e.status(), e.getMessage());
                }
                call.refuse(e);
            } catch (IllegalStateException e) {
                if (!call.isGone()) {
                    throw e;
                }
                LOG.debug("{}: the client is gone", call.path(), e);
            }
        } catch (IOException e) {
            if (call.isGone()) {
                LOG.debug("{}: the client is gone", call.path(), e);
            } else {
                LOG.warn("{} is broken off: {}", call.path(), e.getMessage());
            }
            call.abort(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            call.abort("the mirror is shutting down");
        } catch (RuntimeException e) {
            failed(call, e);
        } finally {
            counters.active.decrementAndGet();
            counters.answered(call.route().label(), call.response().getStatusCode());
        }
    }

    private void failed(Call call, RuntimeException failure) {
        LOG.error("{}: a fault of this mirror", call.path(), failure);
        try {
            call.refuse(RefusedException.of(500, OciError.UNKNOWN, "a fault of this mirror, see its log", call.path()));
        } catch (IOException | InterruptedException | IllegalStateException e) {
            LOG.debug("{}: the client could not be told", call.path(), e);
            call.abort("a fault of this mirror");
        }
    }

    /** Once more with what the host lends, where a client without credentials is asked for some. */
    private void lending(Call call) throws IOException, RefusedException, InterruptedException {
        try {
            dispatch(call);
        } catch (RefusedException e) {
            Optional<String> challenge = challenge(call, e);
            Optional<String> own = challenge.isPresent() ? lent(call, challenge.get()) : Optional.empty();
            if (own.isEmpty()) {
                throw e;
            }
            call.lend(own.get());
            call.response().headers().clear();
            call.response().putHeader(Call.VERSION_HEADER, Call.VERSION);
            dispatch(call);
            gate.lent(call.repository().registry(), challenge.get());
        }
    }

    /** What the host's credentials would answer; while upstream is down, what it asked for before. */
    private Optional<String> challenge(Call call, RefusedException refusal) {
        if (call.route() instanceof Route.Base || !call.asker().authorization().isEmpty()
                || call.response().headWritten()) {
            return Optional.empty();
        }
        return refusal.status() == 401
                ? Optional.of(refusal.headers().getOrDefault("WWW-Authenticate", ""))
                : Optional.of(call.repository().registry())
                        .filter(registry -> Gatekeeper.isOutage(refusal.status()))
                        .flatMap(gate::challenge);
    }

    private Optional<String> lent(Call call, String challenge) throws InterruptedException {
        try {
            return lender.authorization(call.repository(), challenge);
        } catch (IOException e) {
            LOG.warn("{}: the host's credentials cannot be used: {}", call.repository(), e.getMessage());
            return Optional.empty();
        }
    }

    private void dispatch(Call call) throws IOException, RefusedException, InterruptedException {
        switch (call.route()) {
            case Route.Base() -> base.handle(call, call.ns());
            case Route.Manifest(String name, String reference) -> manifest(call, reference);
            case Route.Blob(String name, String digest) -> blobs.handle(call, blob(call, digest));
            case Route.Tags(String name) -> lists.handle(call, "/tags/list");
            case Route.Referrers(String name, String digest) -> lists.handle(call, "/referrers/" + subject(digest));
            case Route.Upload(String name, String id) ->
                    throw new IllegalStateException("an upload is passed on, not answered");
        }
    }

    private void manifest(Call call, String reference) throws IOException, RefusedException, InterruptedException {
        Manifests.Found found = find(call, reference);
        ManifestDocument document = found.document();
        String etag = "\"" + found.name() + "\"";
        Map<String, String> headers = new TreeMap<>();
        headers.put("Docker-Content-Digest", found.name());
        headers.put("ETag", etag);
        if (found.checkedAtMs() >= 0) {
            headers.put("Age", Long.toString(Math.max(0, clock.millis() - found.checkedAtMs()) / 1000));
        }
        if (found.stale()) {
            headers.put("Warning", "110 - \"Response is Stale\"");
        }
        if (call.isFromThisHost() && !document.isSigned()) {
            witness.served(call.repository(), call.asker().authorization(), document.digest(), document.content());
        }
        if (call.matches(etag)) {
            call.answer(304, headers, new byte[0]);
            return;
        }
        headers.put("Content-Type", document.mediaType());
        call.answer(200, headers, document.content());
        if (!call.isHead()) {
            counters.bytesOut.add(document.content().length);
        }
    }

    private Manifests.Found find(Call call, String reference) throws RefusedException, InterruptedException {
        if (Sha512.isOne(reference)) {
            return manifests.byDigest(call.repository(), new Sha512(reference), call.asker());
        }
        if (reference.indexOf(':') >= 0) {
            return manifests.byDigest(call.repository(), digest(reference), call.asker());
        }
        if (ImageReference.isTag(reference)) {
            return manifests.byTag(call.repository(), reference, call.asker());
        }
        throw RefusedException.of(
                404, OciError.TAG_INVALID, "neither a tag nor a digest: " + Quoted.of(reference), reference);
    }

    private Digest blob(Call call, String text) throws RefusedException, InterruptedException {
        return Sha512.isOne(text) ? longDigests.blob(call.repository(), new Sha512(text), call.asker()) : digest(text);
    }

    private static String subject(String text) throws RefusedException {
        if (!Sha512.isOne(text) && text.indexOf(':') < 0) {
            throw RefusedException.of(400, OciError.DIGEST_INVALID, "not a digest: " + Quoted.of(text), text);
        }
        return Sha512.isOne(text) ? text : digest(text).toString();
    }

    private static Digest digest(String text) throws RefusedException {
        try {
            return Digest.parse(text);
        } catch (InvalidDigestException e) {
            throw RefusedException.of(
                    text.indexOf(':') < 0 ? 404 : 400, OciError.DIGEST_INVALID, e.getMessage(), text);
        }
    }
}
