package io.lighterage.proxy;

import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which registries could not answer a moment ago, so that whoever can be served without them does not wait for them too.
 * Safe for use by several threads; the map is guarded by this.
 */
final class Outages {
    /** For so long what is cached is served without another try. */
    static final Duration MEMORY = Duration.ofSeconds(5);

    private static final int MOST = 1024;
    private final InstantSource clock;
    private final Map<String, Long> sinceMs = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MOST;
        }
    };

    Outages(InstantSource clock) {
        this.clock = clock;
    }

    synchronized void failed(String registry) {
        sinceMs.put(registry, clock.millis());
    }

    synchronized void worked(String registry) {
        sinceMs.remove(registry);
    }

    synchronized boolean isRecent(String registry) {
        Long since = sinceMs.get(registry);
        long ageMs = since == null ? -1 : clock.millis() - since;
        return ageMs >= 0 && ageMs < MEMORY.toMillis();
    }
}
