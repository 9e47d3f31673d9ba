package io.lighterage.supernode.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.exchange.Doorkeeper;
import io.lighterage.peer.wire.Frame.Refusal;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How the pages about images answer. */
final class ApiAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(ApiAnswers.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private ApiAnswers() {}

    /** The credentials of the request, or nothing. */
    static String authorization(RoutingContext context) {
        return Optional.ofNullable(context.request().getHeader("Authorization")).orElse("");
    }

    /** Whether upstream lets who asks read the image; answers as upstream did if not. */
    static boolean admits(Doorkeeper door, RoutingContext context, ImageReference image) throws InterruptedException {
        Optional<Refusal> refusal =
                door.admitManifest(image.repository(), image.manifest(), authorization(context));
        if (refusal.isPresent()) {
            if (!refusal.get().challenge().isEmpty()) {
                context.response().putHeader("WWW-Authenticate", refusal.get().challenge());
            }
            int status = refusal.get().status();
            refuse(context, status, "the registry answers " + status + " for the manifest of " + image);
        }
        return refusal.isEmpty();
    }

    /** Answers a request, or fails: then it is refused by the kind of the failure. */
    @FunctionalInterface
    interface Work {
        void run() throws Exception;
    }

    /** Upstream may have to be asked, and some wait: each request has a virtual thread of that name. */
    static void onThread(RoutingContext context, String name, Work work) {
        Thread.ofVirtual().name(name).start(() -> {
            try {
                work.run();
            } catch (IllegalArgumentException e) {
                refuse(context, 400, e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                refuse(context, 503, "the supernode is shutting down");
            } catch (Exception e) {
                LOG.error("{} {} failed", context.request().method(), context.request().uri(), e);
                refuse(context, 500, "a fault of this supernode, see its log");
            }
        });
    }

    static void refuse(RoutingContext context, int status, String why) {
        answer(context, status, json(Map.of("error", String.valueOf(why))));
    }

    static void answer(RoutingContext context, int status, byte[] body) {
        HttpServerResponse response = context.response();
        if (response.ended() || response.closed()) {
            LOG.debug("{}: who asked has gone", context.request().uri());
            return;
        }
        response.setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .putHeader("Cache-Control", "no-store")
                .end(Buffer.buffer(body))
                .onFailure(e -> LOG.debug("{}: who asked has gone", context.request().uri(), e));
    }

    static byte[] json(Object value) {
        try {
            return JSON.writeValueAsString(value).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write " + value, e);
        }
    }
}
