package io.lighterage.supernode.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.blockdev.mount.ImageStatus;
import io.lighterage.blockdev.mount.ImageUnavailableException;
import io.lighterage.blockdev.mount.LazyImages;
import io.lighterage.blockdev.mount.MountException;
import io.lighterage.blockdev.mount.MountProgress;
import io.lighterage.peer.content.InvalidReferenceException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mounts and unmounts images of a node: {@code POST} and {@code DELETE /api/v1/mounts}, {@code GET /api/v1/images}.
 *
 * <p>To mount is to change what others of this host see, so only its root, and the user whose process the node is, may
 * ask: from another host, from another user, or from a web page (which cannot send JSON unasked) the answer is 403 or
 * 415.
 */
public final class MountApi {
    /** Where mounts are made and ended. */
    public static final String MOUNTS = "/api/v1/mounts";

    /** Where the images are listed. */
    public static final String IMAGES = "/api/v1/images";

    /** The media type of the lines of a mount's answer, each a {@link MountAnswer}. */
    public static final String LINES = "application/x-ndjson";

    private static final Logger LOG = LoggerFactory.getLogger(MountApi.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long LONGEST_BODY = 64 << 10;

    private final LazyImages images;

    /** @param images what it acts on */
    public MountApi(LazyImages images) {
        this.images = images;
    }

    /** Adds the pages to {@code router}. */
    public void mount(Router router) {
        router.post(MOUNTS).handler(BodyHandler.create(false).setBodyLimit(LONGEST_BODY)).handler(this::postMount);
        router.delete(MOUNTS).handler(context -> onThread(context, () -> deleteMount(context)));
        router.get(IMAGES).handler(context -> onThread(context, () -> answer(context, 200, images.status())));
    }

    /** What may fail as mounts do. */
    @FunctionalInterface
    private interface Action {
        void run() throws IOException, InterruptedException;
    }

    /** Mounts wait for the network and the kernel: each has a virtual thread. */
    private static void onThread(RoutingContext context, Action action) {
        Thread.ofVirtual().name("mounts").start(() -> {
            try {
                action.run();
            } catch (InvalidReferenceException | InvalidPathException e) {
                refuse(context, 400, e.getMessage());
            } catch (MountException e) {
                refuse(context, 409, e.getMessage());
            } catch (ImageUnavailableException e) {
                refuse(context, 503, e.getMessage());
            } catch (IOException | RuntimeException e) {
                LOG.error("{} {} failed", context.request().method(), context.request().uri(), e);
                refuse(context, 500, e.getMessage() == null ? e.toString() : e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                refuse(context, 503, "the node is closing");
            }
        });
    }

    private void postMount(RoutingContext context) {
        String type = context.request().getHeader("Content-Type");
        if (type == null || !type.split(";")[0].strip().equalsIgnoreCase("application/json")) {
            refuse(context, 415, "a mount is asked for as application/json");
            return;
        }
        MountRequest request;
        try {
            byte[] body = context.body().buffer() == null ? new byte[0] : context.body().buffer().getBytes();
            request = JSON.readValue(body, MountRequest.class);
        } catch (IOException e) {
            refuse(context, 400, "expected {\"image\": REFERENCE, \"directory\": PATH}");
            return;
        }
        if (request == null || request.image() == null || request.directory() == null) {
            refuse(context, 400, "expected {\"image\": REFERENCE, \"directory\": PATH}");
            return;
        }
        onThread(context, () -> mount(context, request));
    }

    private void mount(RoutingContext context, MountRequest request) throws IOException, InterruptedException {
        if (!allowed(context)) {
            return;
        }
        AtomicBoolean gone = new AtomicBoolean();
        context.response().closeHandler(ignored -> gone.set(true));
        ImageStatus.Mount mounted = images.mount(
                request.image(), Path.of(request.directory()), progress -> tell(context.response(), progress, gone));
        if (!context.response().headWritten()) {
            context.response().putHeader("Content-Type", LINES);
        }
        context.response().end(line(MountAnswer.of(mounted)));
    }

    /** Ends the mount with an error if nobody waits for it any more. */
    private static void tell(HttpServerResponse response, MountProgress progress, AtomicBoolean gone) {
        if (gone.get()) {
            throw new UncheckedIOException(new IOException("who asked for the mount has gone"));
        }
        if (!response.headWritten()) {
            response.putHeader("Content-Type", LINES).setChunked(true);
        }
        response.write(line(MountAnswer.of(progress)));
    }

    private void deleteMount(RoutingContext context) throws IOException {
        if (!allowed(context)) {
            return;
        }
        List<String> directories = context.queryParam("directory");
        if (directories.size() != 1) {
            refuse(context, 400, "expected one ?directory=PATH");
            return;
        }
        images.unmount(Path.of(directories.getFirst()), context.queryParam("lazy").contains("true"));
        answer(context, 200, MountAnswer.failed(null));
    }

    /** Whether who asks may change mounts; refuses if not. */
    private static boolean allowed(RoutingContext context) throws IOException {
        var client = context.request().remoteAddress();
        if (client.hostAddress() == null || !LocalCaller.isLoopback(client.hostAddress())) {
            refuse(context, 403, "mounts are changed from the node's own host only");
            return false;
        }
        OptionalInt uid = LocalCaller.uid(client.port(), context.request().localAddress().port());
        int own = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        if (uid.isEmpty() || uid.getAsInt() != 0 && uid.getAsInt() != own) {
            refuse(context, 403, "mounts are changed by root only");
            return false;
        }
        return true;
    }

    private static void refuse(RoutingContext context, int status, String why) {
        HttpServerResponse response = context.response();
        if (response.ended() || response.closed()) {
            return;
        }
        if (response.headWritten()) {
            response.end(line(MountAnswer.failed(why)));
        } else {
            answer(context, status, MountAnswer.failed(why));
        }
    }

    private static void answer(RoutingContext context, int status, Object body) {
        context.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .putHeader("Cache-Control", "no-store")
                .end(line(body));
    }

    private static Buffer line(Object value) {
        try {
            return Buffer.buffer(JSON.writeValueAsString(value) + "\n");
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("cannot write " + value, e);
        }
    }
}
