package io.lighterage.proxy;

import io.lighterage.proxy.MirrorStatistics.RouteStatus;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** Counts for {@link MirrorStatistics}. Safe for use by several threads. */
final class Counters {
    final LongAdder bytesOut = new LongAdder();
    final LongAdder brokenOff = new LongAdder();
    final AtomicInteger active = new AtomicInteger();
    private final ConcurrentHashMap<String, ConcurrentHashMap<Integer, LongAdder>> requests = new ConcurrentHashMap<>();
    private final AtomicLongArray rejected = new AtomicLongArray(Rejection.values().length);

    void answered(String route, int status) {
        requests.computeIfAbsent(route, key -> new ConcurrentHashMap<>())
                .computeIfAbsent(status, key -> new LongAdder())
                .increment();
    }

    void rejected(Rejection reason) {
        rejected.incrementAndGet(reason.ordinal());
    }

    MirrorStatistics snapshot(long staleTags) {
        Map<RouteStatus, Long> counts = new HashMap<>();
        requests.forEach((route, byStatus) ->
                byStatus.forEach((status, count) -> counts.put(new RouteStatus(route, status), count.sum())));
        Map<String, Long> reasons = new TreeMap<>();
        for (Rejection reason : Rejection.values()) {
            reasons.put(reason.label(), rejected.get(reason.ordinal()));
        }
        return new MirrorStatistics(counts, bytesOut.sum(), active.get(), staleTags, brokenOff.sum(), reasons);
    }
}
