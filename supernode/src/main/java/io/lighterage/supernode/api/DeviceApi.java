package io.lighterage.supernode.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lighterage.blockdev.catalog.ConversionProgress;
import io.lighterage.blockdev.catalog.DeviceClient;
import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.Quoted;
import io.lighterage.supernode.convert.ConversionException;
import io.lighterage.supernode.convert.Conversions;
import io.lighterage.supernode.convert.Conversions.Answer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The devices of images, and images brought in before anybody asks:
 *
 * <pre>
 * GET  /api/v1/devices?image=REF[&amp;platform=OS/ARCH[/VARIANT]][&amp;wait=SECONDS]
 * POST /api/v1/preheat?image=REF[&amp;platform=...][&amp;lazy=true][&amp;wait=SECONDS]
 * GET  /api/v1/preheat?image=REF[&amp;platform=...][&amp;lazy=true]
 * </pre>
 *
 * <p>The first begins the conversion unless there is a device, waits for it up to {@code wait} seconds (0 unless told,
 * 20 at most), and answers 200 with the device map, or 202 with the {@link ConversionProgress}. The second does the
 * same for a whole image, or with {@code lazy} for its device, and answers 200 or 202 with the progress; the third
 * begins nothing, and answers 404 if nobody asked for the image in a while. Errors are {@code {"error": TEXT}}, with
 * the status of {@link ConversionException#status()}, or 400 for a parameter that cannot be understood.
 */
public final class DeviceApi {
    /** Where images are brought in beforehand. */
    public static final String PREHEAT = "/api/v1/preheat";

    private static final Logger LOG = LoggerFactory.getLogger(DeviceApi.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LONGEST_WAIT = 20;

    private final Conversions conversions;

    /** @param conversions what it shows */
    public DeviceApi(Conversions conversions) {
        this.conversions = conversions;
    }

    /** What may fail as conversions do. */
    @FunctionalInterface
    private interface Action {
        void run(Asked asked) throws ConversionException, InterruptedException;
    }

    /** A request's parameters. */
    private record Asked(ImageReference image, Platform platform, boolean lazy, Duration patience) {}

    /** Adds the pages to {@code router}. */
    public void mount(Router router) {
        router.get(DeviceClient.PATH).handler(context -> onThread(context, asked -> device(context, asked)));
        router.post(PREHEAT).handler(context -> onThread(context, asked -> preheat(context, asked)));
        router.get(PREHEAT).handler(context -> onThread(context, asked -> progress(context, asked)));
    }

    private void device(RoutingContext context, Asked asked) throws ConversionException, InterruptedException {
        switch (conversions.ask(asked.image(), asked.platform(), true, asked.patience())) {
            case Answer.Ready(byte[] document, ConversionProgress progress) -> answer(context, 200, document);
            case Answer.Running(ConversionProgress progress) -> answer(context, 202, json(progress));
        }
    }

    private void preheat(RoutingContext context, Asked asked) throws ConversionException, InterruptedException {
        switch (conversions.ask(asked.image(), asked.platform(), asked.lazy(), asked.patience())) {
            case Answer.Ready(byte[] document, ConversionProgress progress) -> answer(context, 200, json(progress));
            case Answer.Running(ConversionProgress progress) -> answer(context, 202, json(progress));
        }
    }

    private void progress(RoutingContext context, Asked asked) {
        conversions.progress(asked.image(), asked.platform(), asked.lazy())
                .ifPresentOrElse(
                        found -> answer(context, 200, json(found)),
                        () -> refuse(context, 404, "nobody asked for " + asked.image() + " in a while"));
    }

    /** Some wait: each request has a virtual thread. */
    private static void onThread(RoutingContext context, Action action) {
        Thread.ofVirtual().name("devices").start(() -> {
            try {
                action.run(asked(context));
            } catch (IllegalArgumentException e) {
                refuse(context, 400, e.getMessage());
            } catch (ConversionException e) {
                refuse(context, e.status(), e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                refuse(context, 503, "the supernode is shutting down");
            } catch (RuntimeException e) {
                LOG.error("{} {} failed", context.request().method(), context.request().uri(), e);
                refuse(context, 500, "a fault of this supernode, see its log");
            }
        });
    }

    private static Asked asked(RoutingContext context) {
        String image = context.request().getParam("image");
        if (image == null) {
            throw new IllegalArgumentException("expected ?image=REFERENCE");
        }
        String platform = context.request().getParam("platform");
        String lazy = context.request().getParam("lazy", "false");
        if (!lazy.equals("true") && !lazy.equals("false")) {
            throw new IllegalArgumentException("lazy is true or false, not " + Quoted.of(lazy));
        }
        String wait = context.request().getParam("wait", "0");
        if (!wait.matches("[0-9]{1,6}")) {
            throw new IllegalArgumentException("wait is a number of seconds, not " + Quoted.of(wait));
        }
        return new Asked(
                ImageReference.parse(image),
                platform == null ? Platform.host() : Platform.parse(platform),
                lazy.equals("true"),
                Duration.ofSeconds(Math.min(LONGEST_WAIT, Integer.parseInt(wait))));
    }

    private static void refuse(RoutingContext context, int status, String why) {
        answer(context, status, json(Map.of("error", String.valueOf(why))));
    }

    private static void answer(RoutingContext context, int status, byte[] body) {
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

    private static byte[] json(Object value) {
        try {
            return JSON.writeValueAsString(value).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write " + value, e);
        }
    }
}
