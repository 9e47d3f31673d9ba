package io.lighterage.supernode.api;

import io.lighterage.blockdev.catalog.ConversionProgress;
import io.lighterage.blockdev.catalog.DeviceCaller;
import io.lighterage.blockdev.catalog.DeviceClient;
import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.blockdev.image.DeviceMapDocument;
import io.lighterage.blockdev.image.InvalidDeviceMapException;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.Quoted;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.Doorkeeper;
import io.lighterage.peer.grant.GrantIssuer;
import io.lighterage.supernode.convert.ConversionException;
import io.lighterage.supernode.convert.Conversions;
import io.lighterage.supernode.convert.Conversions.Answer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

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
 *
 * <p>A device is told only to whom upstream lets read the image, by the {@code Authorization} of the request: else the
 * status is upstream's, 401 with its challenge. With the map comes a grant for the node that
 * {@link DeviceCaller#NODE_HEADER} names. Preheating uses the request's credentials, or else the supernode's own; it
 * shows no content.
 */
public final class DeviceApi {
    /** Where images are brought in beforehand. */
    public static final String PREHEAT = "/api/v1/preheat";

    private static final int LONGEST_WAIT = 20;

    private final Conversions conversions;
    private final Doorkeeper door;
    private final GrantIssuer issuer;

    /**
     * @param conversions what it shows
     * @param door decides to whom
     * @param issuer signs the grants to read what is shown
     */
    public DeviceApi(Conversions conversions, Doorkeeper door, GrantIssuer issuer) {
        this.conversions = conversions;
        this.door = door;
        this.issuer = issuer;
    }

    /** What may fail as conversions do. */
    @FunctionalInterface
    private interface Action {
        void run(Asked asked) throws ConversionException, InterruptedException;
    }

    /** A request's parameters. */
    private record Asked(
            ImageReference image, Platform platform, boolean lazy, Duration patience, String authorization) {}

    /** Adds the pages to {@code router}. */
    public void mount(Router router) {
        router.get(DeviceClient.PATH).handler(context -> onThread(context, asked -> device(context, asked)));
        router.post(PREHEAT).handler(context -> onThread(context, asked -> preheat(context, asked)));
        router.get(PREHEAT).handler(context -> onThread(context, asked -> progress(context, asked)));
    }

    private void device(RoutingContext context, Asked asked) throws ConversionException, InterruptedException {
        if (!ApiAnswers.admits(door, context, asked.image())) {
            return;
        }
        switch (conversions.ask(asked.image(), asked.platform(), true, asked.patience(), asked.authorization())) {
            case Answer.Ready(byte[] document, ConversionProgress progress) -> {
                grant(context, asked.image().repository(), document);
                ApiAnswers.answer(context, 200, document);
            }
            case Answer.Running(ConversionProgress progress) ->
                    ApiAnswers.answer(context, 202, ApiAnswers.json(progress));
        }
    }

    /** The grant names the device's metadata; by it the node may read all that is known to be in the repository. */
    private void grant(RoutingContext context, Repository repository, byte[] document) {
        Optional<UUID> node;
        Digest metadata;
        try {
            String named = context.request().getHeader(DeviceCaller.NODE_HEADER);
            node = Optional.ofNullable(named).map(UUID::fromString);
            metadata = DeviceMapDocument.parse(document).metadata().blob().digest();
        } catch (InvalidDeviceMapException e) {
            throw new IllegalStateException("the device map of " + repository + " cannot be read", e);
        }
        boolean open = door.isPublic(repository);
        if (open || node.isPresent()) {
            byte[] token = issuer.issue(repository, Optional.of(metadata), open ? Optional.empty() : node);
            context.response().putHeader(DeviceCaller.GRANT_HEADER, Base64.getEncoder().encodeToString(token));
        }
    }

    private void preheat(RoutingContext context, Asked asked) throws ConversionException, InterruptedException {
        switch (conversions.ask(
                asked.image(), asked.platform(), asked.lazy(), asked.patience(), asked.authorization())) {
            case Answer.Ready(byte[] document, ConversionProgress progress) ->
                    ApiAnswers.answer(context, 200, ApiAnswers.json(progress));
            case Answer.Running(ConversionProgress progress) ->
                    ApiAnswers.answer(context, 202, ApiAnswers.json(progress));
        }
    }

    private void progress(RoutingContext context, Asked asked) {
        conversions.progress(asked.image(), asked.platform(), asked.lazy())
                .ifPresentOrElse(
                        found -> ApiAnswers.answer(context, 200, ApiAnswers.json(found)),
                        () -> ApiAnswers.refuse(context, 404, "nobody asked for " + asked.image() + " in a while"));
    }

    private static void onThread(RoutingContext context, Action action) {
        ApiAnswers.onThread(context, "devices", () -> {
            try {
                action.run(asked(context));
            } catch (ConversionException e) {
                ApiAnswers.refuse(context, e.status(), e.getMessage());
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
                Duration.ofSeconds(Math.min(LONGEST_WAIT, Integer.parseInt(wait))),
                ApiAnswers.authorization(context));
    }
}
