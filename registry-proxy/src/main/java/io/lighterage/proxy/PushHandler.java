package io.lighterage.proxy;

import io.lighterage.peer.content.Quoted;
import io.lighterage.peer.content.Repository;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Passes pushes to the registries that were named for it, as they come, with the client's own credentials. Nothing of
 * them is kept here; a tag that was pushed is asked for again.
 */
final class PushHandler {
    private static final List<String> ASKED =
            List.of("authorization", "content-type", "content-range", "accept", "if-match");
    private static final List<String> ANSWERED = List.of(
            "content-type", "docker-content-digest", "docker-upload-uuid", "range", "www-authenticate", "retry-after",
            "oci-subject", "oci-chunk-min-length", "oci-chunk-max-length", "etag", "warning");

    private final MirrorConfig config;
    private final PushUpstream upstream;
    private final Manifests manifests;

    PushHandler(MirrorConfig config, PushUpstream upstream, Manifests manifests) {
        this.config = config;
        this.upstream = upstream;
        this.manifests = manifests;
    }

    /** Whether pushes to this repository are passed on. */
    boolean takes(Repository repository) {
        return config.pushThrough().contains(repository.registry());
    }

    /** The refusal of a push that is not passed on. The body is not read, so the connection cannot be used again. */
    static RefusedException refused(String method, String path) {
        String message = "this is a mirror for pulls, it takes no " + Quoted.of(method);
        return new RefusedException(
                405,
                Map.of("Allow", "GET, HEAD", "Connection", "close"),
                OciError.body(OciError.UNSUPPORTED, message, path),
                message);
    }

    void handle(Call call, RequestBody body) throws IOException, RefusedException, InterruptedException {
        String path = path(call.route());
        Map<String, String> headers = new TreeMap<>();
        for (String name : ASKED) {
            Optional.ofNullable(call.header(name)).ifPresent(value -> headers.put(name, value));
        }
        PushUpstream.Push push = new PushUpstream.Push(
                call.method(), call.repository(), path, ListHandler.withoutNs(call.query()), headers, body, length(call));
        String what = push.toString();
        try (Registry.Response response = upstream.push(push)) {
            byte[] answer = UpstreamAnswers.body(response, what);
            Map<String, String> passed = new TreeMap<>();
            for (String name : ANSWERED) {
                response.header(name).ifPresent(value -> passed.put(name, value));
            }
            response.header("location").ifPresent(location -> passed.put("location", here(location, call)));
            // What the registry did not want to read is still under way.
            if (response.status() >= 400) {
                passed.put("connection", "close");
            }
            if (call.route() instanceof Route.Manifest(String name, String reference)) {
                manifests.forget(call.repository(), reference);
            }
            call.answer(response.status(), passed, answer);
        } catch (IOException e) {
            throw UpstreamAnswers.unreachable(e, what);
        }
    }

    private static long length(Call call) throws RefusedException {
        String length = call.header("content-length");
        if (call.header("transfer-encoding") != null) {
            return -1;
        }
        if (length == null) {
            return 0;
        }
        if (!length.matches("[0-9]{1,18}")) {
            throw RefusedException.of(400, OciError.UNSUPPORTED, "no length of a body: " + Quoted.of(length), length);
        }
        return Long.parseLong(length);
    }

    private static String path(Route route) {
        return switch (route) {
            case Route.Upload(String name, String id) -> "/blobs/uploads/" + id;
            case Route.Manifest(String name, String reference) -> "/manifests/" + reference;
            case Route.Blob(String name, String digest) -> "/blobs/" + digest;
            case Route.Base base -> throw new IllegalArgumentException("nothing is pushed to " + base);
            case Route.Tags tags -> throw new IllegalArgumentException("nothing is pushed to " + tags);
            case Route.Referrers referrers ->
                    throw new IllegalArgumentException("nothing is pushed to " + referrers);
        };
    }

    /** Upstream's location, led through this mirror in the way that the client came. */
    private static String here(String location, Call call) {
        String upstream = "/v2/" + call.repository().name() + "/";
        if (!location.startsWith(upstream)) {
            return location;
        }
        String led = "/v2/" + call.route().name() + "/" + location.substring(upstream.length());
        String ns = ListHandler.ns(call.query());
        return ns.isEmpty() ? led : led + (led.indexOf('?') < 0 ? "?" : "&") + ns;
    }
}
