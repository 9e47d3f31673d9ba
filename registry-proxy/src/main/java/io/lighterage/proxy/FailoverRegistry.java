package io.lighterage.proxy;

import java.io.IOException;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a first registry, and a second where the first cannot be reached or answers 502, 503 or 504. For a short while
 * after such a failure the second is asked first, so that not every request waits for a dead host; if it cannot be
 * reached either, the first gets its chance after all.
 */
public final class FailoverRegistry implements Registry {
    private static final Logger LOG = LoggerFactory.getLogger(FailoverRegistry.class);
    private static final Duration MEMORY = Duration.ofSeconds(5);

    private final Registry first;
    private final Registry second;
    private final LongSupplier clockNs;

    /** When the first is trusted again, by the clock; meaningful only while {@link #down}. Written after {@link #down}. */
    private volatile long downUntilNs;

    private volatile boolean down;

    /** Asks {@code first}, then {@code second}. */
    public FailoverRegistry(Registry first, Registry second) {
        this(first, second, System::nanoTime);
    }

    FailoverRegistry(Registry first, Registry second, LongSupplier clockNs) {
        this.first = first;
        this.second = second;
        this.clockNs = clockNs;
    }

    /** One question, whichever registry is asked. */
    private interface Question {
        Response put(Registry to) throws IOException, InterruptedException;
    }

    @Override
    public Response ask(Request request) throws IOException, InterruptedException {
        return ask(request, registry -> registry.ask(request));
    }

    @Override
    public Response ping(String registry, String authorization, Duration deadline)
            throws IOException, InterruptedException {
        return ask("/v2/ of " + registry, asked -> asked.ping(registry, authorization, deadline));
    }

    private Response ask(Object request, Question question) throws IOException, InterruptedException {
        if (down && clockNs.getAsLong() - downUntilNs < 0) {
            try {
                return question.put(second);
            } catch (IOException e) {
                LOG.debug("{}: the second registry failed too, back to the first", request, e);
            }
        }
        return askFirst(request, question);
    }

    private Response askFirst(Object request, Question question) throws IOException, InterruptedException {
        Response refused;
        try {
            Response answer = question.put(first);
            if (answer.status() < 502 || answer.status() > 504) {
                down = false;
                return answer;
            }
            refused = answer;
        } catch (IOException e) {
            remember(request, e.getMessage());
            return question.put(second);
        }
        remember(request, "status " + refused.status());
        try {
            Response answer = question.put(second);
            refused.close();
            return answer;
        } catch (IOException e) {
            LOG.debug("{}: no answer from the second registry, passing on the first's", request, e);
            return refused;
        }
    }

    private void remember(Object request, String why) {
        if (!down) {
            LOG.warn("{}: the first registry failed, asking the second for {} s: {}", request, MEMORY.toSeconds(), why);
        }
        downUntilNs = clockNs.getAsLong() + MEMORY.toNanos();
        down = true;
    }
}
