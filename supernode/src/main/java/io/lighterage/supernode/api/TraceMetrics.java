package io.lighterage.supernode.api;

import io.lighterage.supernode.trace.TraceBook;
import io.lighterage.supernode.trace.TraceStatistics;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.ToDoubleFunction;

/**
 * What became of traces.
 *
 * @param book where they are
 */
public record TraceMetrics(TraceBook book) implements MeterBinder {
    @Override
    public void bindTo(MeterRegistry meters) {
        took(meters, "learned", TraceStatistics::learned);
        took(meters, "refused", TraceStatistics::refused);
        told(meters, "own", TraceStatistics::given);
        told(meters, "composed", TraceStatistics::composed);
        told(meters, "none", TraceStatistics::unknown);
    }

    private void took(MeterRegistry meters, String result, ToDoubleFunction<TraceStatistics> value) {
        counter(meters, "lighterage.traces.received", "Traces of starts that nodes sent.", "result", result, value);
    }

    private void told(MeterRegistry meters, String kind, ToDoubleFunction<TraceStatistics> value) {
        counter(meters, "lighterage.traces.told", "Questions of nodes for traces.", "kind", kind, value);
    }

    private void counter(
            MeterRegistry meters,
            String name,
            String help,
            String key,
            String tag,
            ToDoubleFunction<TraceStatistics> value) {
        FunctionCounter.builder(name, book, b -> value.applyAsDouble(b.statistics()))
                .description(help)
                .tag(key, tag)
                .register(meters);
    }
}
