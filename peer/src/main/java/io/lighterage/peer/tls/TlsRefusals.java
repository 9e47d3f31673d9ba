package io.lighterage.peer.tls;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the connections of a process that failed because of TLS, and logs them: each host once in a while, so that
 * nobody can fill a disk by knocking. Safe for use by several threads.
 */
public final class TlsRefusals {
    private static final Logger LOG = LoggerFactory.getLogger(TlsRefusals.class);
    private static final long QUIET_NS = TimeUnit.SECONDS.toNanos(10);
    private static final int MOST_HOSTS = 256;

    private final Map<TlsFailure.Reason, LongAdder> counts = new EnumMap<>(TlsFailure.Reason.class);

    /** When a line about a host and a reason was logged last; guarded by itself. */
    private final Map<String, Long> logged = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MOST_HOSTS;
        }
    };

    public TlsRefusals() {
        for (TlsFailure.Reason reason : TlsFailure.Reason.values()) {
            counts.put(reason, new LongAdder());
        }
    }

    /**
     * A connection failed.
     *
     * @param port which of this process's ports, or what it wanted, such as "the exchange"
     * @param host the other side's address, without its port
     */
    public void refused(String port, String host, TlsFailure failure) {
        counts.get(failure.reason()).increment();
        if (isNews(host + failure.reason())) {
            LOG.warn("refused {} on {}: {}", host, port, failure.text());
        } else {
            LOG.debug("refused {} on {} again: {}", host, port, failure.text());
        }
    }

    /** How many there were, by reason. */
    public Map<TlsFailure.Reason, Long> counts() {
        Map<TlsFailure.Reason, Long> answer = new EnumMap<>(TlsFailure.Reason.class);
        counts.forEach((reason, count) -> answer.put(reason, count.sum()));
        return answer;
    }

    private boolean isNews(String key) {
        long now = System.nanoTime();
        synchronized (logged) {
            Long last = logged.get(key);
            if (last != null && now - last < QUIET_NS) {
                return false;
            }
            logged.remove(key);
            logged.put(key, now);
            return true;
        }
    }
}
