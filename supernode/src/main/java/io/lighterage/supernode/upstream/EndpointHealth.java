package io.lighterage.supernode.upstream;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Which of a registry's places failed lately, so that not every request waits for one that is dead. Bounded by the
 * places that are configured. Safe for use by several threads.
 */
final class EndpointHealth {
    /** For so long after it failed a place is asked after the others. */
    static final Duration MEMORY = Duration.ofSeconds(15);

    private final LongSupplier clockNs;
    private final Map<URI, Long> failedNs = new ConcurrentHashMap<>();

    EndpointHealth(LongSupplier clockNs) {
        this.clockNs = clockNs;
    }

    /** The places in the order to ask them: as configured, those that failed lately last. */
    List<RegistryEndpoint> ordered(List<RegistryEndpoint> configured) {
        if (configured.size() == 1) {
            return configured;
        }
        List<RegistryEndpoint> order = new ArrayList<>();
        List<RegistryEndpoint> failed = new ArrayList<>();
        for (RegistryEndpoint endpoint : configured) {
            (isFailed(endpoint) ? failed : order).add(endpoint);
        }
        order.addAll(failed);
        return order;
    }

    private boolean isFailed(RegistryEndpoint endpoint) {
        Long since = failedNs.get(endpoint.base());
        return since != null && clockNs.getAsLong() - since < MEMORY.toNanos();
    }

    /** It could not be reached, or answered that it is broken. */
    void failed(RegistryEndpoint endpoint) {
        failedNs.put(endpoint.base(), clockNs.getAsLong());
    }

    /** It answered. */
    void worked(RegistryEndpoint endpoint) {
        failedNs.remove(endpoint.base());
    }
}
