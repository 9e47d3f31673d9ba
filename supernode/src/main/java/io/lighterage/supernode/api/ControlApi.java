package io.lighterage.supernode.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/**
 * The pages that every process serves beside its mirror: {@code /metrics}, {@code /api/v1/status} and
 * {@code /api/v1/exchange}. The mirror itself has {@code /healthz}.
 */
public final class ControlApi {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Supplier<ProcessStatus> status;
    private final ExchangeAddress exchange;
    private final Metrics metrics;

    /**
     * @param status what the process holds and does; called on a worker thread
     * @param exchange where the process's exchange is reached
     * @param more further numbers for {@code /metrics}
     */
    public ControlApi(Supplier<ProcessStatus> status, ExchangeAddress exchange, List<MeterBinder> more) {
        this.status = status;
        this.exchange = exchange;
        this.metrics = new Metrics(status, more);
    }

    /** Adds the pages to {@code router}. */
    public void mount(Router router) {
        router.get("/metrics").handler(context -> answer(context, Metrics.CONTENT_TYPE, metrics::scrape));
        router.get(ProcessStatus.PATH)
                .handler(context -> answer(context, "application/json", () -> json(status.get())));
        router.get(ExchangeAddress.PATH).handler(context -> answer(context, "application/json", () -> json(exchange)));
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
