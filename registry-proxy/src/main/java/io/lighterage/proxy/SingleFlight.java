package io.lighterage.proxy;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Lets one caller do what several want at the same time, and gives all of them its result. */
final class SingleFlight<T> {
    private final ConcurrentHashMap<String, CompletableFuture<T>> flights = new ConcurrentHashMap<>();

    /** Work that may be refused or interrupted. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws RefusedException, IOException, InterruptedException;
    }

    /**
     * Runs {@code work}, or waits for whoever runs it for the same {@code key}.
     *
     * @throws IOException if the other one was not done within {@code deadline}, or either failed
     */
    T run(String key, Duration deadline, Work<T> work) throws RefusedException, IOException, InterruptedException {
        CompletableFuture<T> mine = new CompletableFuture<>();
        CompletableFuture<T> other = flights.putIfAbsent(key, mine);
        if (other != null) {
            return follow(other, deadline);
        }
        try {
            T result = work.run();
            mine.complete(result);
            return result;
        } catch (RefusedException | IOException | InterruptedException | RuntimeException | Error e) {
            mine.completeExceptionally(e);
            throw e;
        } finally {
            flights.remove(key, mine);
        }
    }

    private T follow(CompletableFuture<T> other, Duration deadline)
            throws RefusedException, IOException, InterruptedException {
        try {
            return other.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new SocketTimeoutException("no answer within " + deadline.toSeconds() + " s");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RefusedException refused) {
                throw refused;
            }
            if (e.getCause() instanceof IOException failed) {
                throw failed;
            }
            throw new IOException("whoever asked first failed: " + e.getCause(), e.getCause());
        }
    }
}
