package io.lighterage.supernode.api;

import io.lighterage.peer.tls.TlsContext;
import io.lighterage.peer.tls.TlsFailure;
import io.lighterage.peer.tls.TlsRefusals;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Map;

/**
 * Who was refused because of TLS, and when certificates expire.
 *
 * @param refusals those of the whole process
 * @param certificates the contexts that have certificates, by the name of their port
 */
public record TlsMetrics(TlsRefusals refusals, Map<String, TlsContext> certificates) implements MeterBinder {
    public TlsMetrics {
        certificates = Map.copyOf(certificates);
    }

    @Override
    public void bindTo(MeterRegistry meters) {
        for (TlsFailure.Reason reason : TlsFailure.Reason.values()) {
            FunctionCounter.builder("lighterage.tls.refused", refusals, all -> all.counts().get(reason))
                    .description("Connections that failed because of TLS.")
                    .tag("reason", reason.label())
                    .register(meters);
        }
        certificates.forEach((port, context) -> context.expiry().ifPresent(first -> Gauge.builder(
                        "lighterage.tls.certificate.expiry.seconds",
                        context,
                        now -> now.expiry().orElse(first).getEpochSecond())
                .description("When the certificate expires, in seconds since 1970.")
                .tag("port", port)
                .register(meters)));
    }
}
