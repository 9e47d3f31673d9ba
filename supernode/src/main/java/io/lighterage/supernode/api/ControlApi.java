package io.lighterage.supernode.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The pages that every process serves beside its mirror: {@code /healthz}, {@code /metrics},
 * {@code /api/v1/status} and {@code /api/v1/exchange}.
 */
public final class ControlApi {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int UNAVAILABLE = 503;

    private final Supplier<ProcessStatus> status;
    private final ExchangeAddress exchange;
    private final BooleanSupplier ready;
    private final Metrics metrics;

    /**
     * @param status what the process holds and does; called on a worker thread
     * @param exchange where the process's exchange is reached
     * @param ready whether {@code /healthz} answers 200
     */
    public ControlApi(Supplier<ProcessStatus> status, ExchangeAddress exchange, BooleanSupplier ready) {
        this.status = status;
        this.exchange = exchange;
        this.ready = ready;
        this.metrics = new Metrics(status);
    }

    /** Adds the pages to {@code router}. */
    public void mount(Router router) {
        router.get("/healthz").handler(this::health);
        router.get("/metrics").handler(context -> answer(context, Metrics.CONTENT_TYPE, metrics::scrape));
        router.get(ProcessStatus.PATH)
                .handler(context -> answer(context, "application/json", () -> json(status.get())));
        router.get(ExchangeAddress.PATH).handler(context -> answer(context, "application/json", () -> json(exchange)));
    }

    private void health(RoutingContext context) {
        boolean fine = ready.getAsBoolean();
        context.response()
                .setStatusCode(fine ? 200 : UNAVAILABLE)
                .putHeader("Content-Type", "text/plain")
                .end(fine ? "ready\n" : "not ready\n");
    }

    /** Counting may read the disk, so it is not for the event loop. */
    private static void answer(RoutingContext context, String type, Callable<String> body) {
        context.vertx()
                .executeBlocking(body, false)
                .onSuccess(text -> context.response()
                        .putHeader("Content-Type", type)
                        .putHeader("Cache-Control", "no-store")
                        .end(text))
                .onFailure(context::fail);
    }

    private static String json(Object value) throws JsonProcessingException {
        return JSON.writeValueAsString(value);
    }
}
