package io.lighterage.supernode.api;

import io.lighterage.blockdev.catalog.TraceClient;
import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMapDocument;
import io.lighterage.blockdev.prefetch.InvalidTraceException;
import io.lighterage.blockdev.prefetch.Trace;
import io.lighterage.blockdev.prefetch.TraceDocument;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.exchange.Doorkeeper;
import io.lighterage.supernode.convert.Conversions;
import io.lighterage.supernode.trace.TraceBook;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.io.IOException;
import java.util.Optional;

/**
 * What images read when they start:
 *
 * <pre>
 * GET  /api/v1/traces?image=REPOSITORY@DIGEST
 * POST /api/v1/traces?image=REPOSITORY@DIGEST
 * </pre>
 *
 * <p>DIGEST is the manifest of one platform, as the device map has it. The first answers 200 with the
 * {@link TraceDocument} of what the next start is likely to read, or 204 if nothing is known. The second takes one and
 * answers 204; 400 if it is none or names chunks that the image does not have, 413 if it is too long. Both answer 404
 * for an image that is no device here. Only who may read the image may ask and tell, as with {@link DeviceApi}.
 */
public final class TraceApi {
    private final Conversions conversions;
    private final Doorkeeper door;
    private final TraceBook book;

    /**
     * @param conversions knows the devices
     * @param door decides who may ask and tell
     * @param book has the traces
     */
    public TraceApi(Conversions conversions, Doorkeeper door, TraceBook book) {
        this.conversions = conversions;
        this.door = door;
        this.book = book;
    }

    @FunctionalInterface
    private interface Action {
        void run(ImageReference image, DeviceMap device) throws IOException, InvalidTraceException;
    }

    /** Adds the pages to {@code router}. */
    public void mount(Router router) {
        router.get(TraceClient.PATH)
                .handler(context -> onThread(context, (image, device) -> find(context, image, device)));
        router.post(TraceClient.PATH)
                .handler(BodyHandler.create(false).setBodyLimit(TraceDocument.LONGEST))
                .failureHandler(this::tooLong)
                .handler(context -> onThread(context, (image, device) -> learn(context, image, device)));
    }

    private void tooLong(RoutingContext context) {
        if (context.statusCode() == 413) {
            book.refused();
            ApiAnswers.refuse(context, 413, "a trace has at most " + TraceDocument.LONGEST + " bytes");
        } else {
            context.next();
        }
    }

    private void find(RoutingContext context, ImageReference image, DeviceMap device) throws IOException {
        Optional<Trace> trace = book.find(device, image.repository(), door::isPublic);
        ApiAnswers.answer(
                context, trace.isPresent() ? 200 : 204, trace.map(TraceDocument::write).orElse(new byte[0]));
    }

    private void learn(RoutingContext context, ImageReference image, DeviceMap device)
            throws IOException, InvalidTraceException {
        byte[] body = context.body().buffer() == null ? new byte[0] : context.body().buffer().getBytes();
        book.learn(device, image.repository(), TraceDocument.parse(body));
        ApiAnswers.answer(context, 204, new byte[0]);
    }

    private void onThread(RoutingContext context, Action action) {
        ApiAnswers.onThread(context, "traces", () -> {
            ImageReference image = image(context);
            if (ApiAnswers.admits(door, context, image)) {
                Optional<byte[]> document = conversions.device(image.digest().orElseThrow());
                if (document.isEmpty()) {
                    ApiAnswers.refuse(context, 404, image + " is no device here");
                } else {
                    run(context, action, image, DeviceMapDocument.parse(document.get()));
                }
            }
        });
    }

    private void run(RoutingContext context, Action action, ImageReference image, DeviceMap device)
            throws IOException {
        try {
            action.run(image, device);
        } catch (InvalidTraceException e) {
            book.refused();
            ApiAnswers.refuse(context, 400, e.getMessage());
        }
    }

    private static ImageReference image(RoutingContext context) {
        String text = context.request().getParam("image");
        ImageReference image = text == null ? null : ImageReference.parse(text);
        if (image == null || image.digest().isEmpty()) {
            throw new IllegalArgumentException("expected ?image=REPOSITORY@DIGEST");
        }
        return image;
    }
}
