package io.lighterage.cli;

import io.lighterage.proxy.PushUpstream;
import io.lighterage.proxy.Registry;
import io.lighterage.supernode.upstream.RegistryClient;
import io.lighterage.supernode.upstream.RegistryPush;
import io.lighterage.supernode.upstream.RegistryRequest;
import io.lighterage.supernode.upstream.RegistryResponse;
import java.io.FilterInputStream;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The registries that a client reaches, as a mirror asks them. */
final class UpstreamRegistry implements Registry, PushUpstream {
    private static final String AUTHORIZATION = "authorization";

    private final RegistryClient client;

    /** Asks by {@code client}, within the deadline of each request. */
    UpstreamRegistry(RegistryClient client) {
        this.client = client;
    }

    @Override
    public Response ask(Request request) throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + request.deadline().toNanos();
        RegistryResponse answer = await(request, translate(request), deadlineNs);
        return new Response(answer.status(), headers(answer), new FilterInputStream(answer.body()) {
            @Override
            public int read() throws IOException {
                inTime(request, deadlineNs);
                return super.read();
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                inTime(request, deadlineNs);
                return super.read(target, offset, length);
            }

            @Override
            public void close() {
                answer.close();
            }
        });
    }

    @Override
    public Response push(Push push) throws IOException, InterruptedException {
        Map<String, String> sent = new LinkedHashMap<>(push.headers());
        String authorization = sent.remove(AUTHORIZATION);
        RegistryResponse answer;
        try {
            answer = client.push(new RegistryPush(
                    push.method(),
                    push.repository(),
                    push.path().substring(1),
                    push.query(),
                    sent,
                    authorization == null ? "" : authorization,
                    push.body(),
                    push.length()));
        } catch (IllegalArgumentException e) {
            throw new IOException("cannot pass on " + push + ": " + e.getMessage(), e);
        }
        Map<String, String> headers = headers(answer);
        headers.remove("location");
        client.location(push.repository().registry(), answer).ifPresent(location -> headers.put("location", location));
        return new Response(answer.status(), headers, new FilterInputStream(answer.body()) {
            @Override
            public void close() {
                answer.close();
            }
        });
    }

    private static Map<String, String> headers(RegistryResponse answer) {
        Map<String, String> headers = new LinkedHashMap<>();
        answer.headers().map().forEach((name, values) -> headers.put(name, String.join(", ", values)));
        return headers;
    }

    /** The client's time-outs are for each try; all of them together have the request's deadline. */
    private RegistryResponse await(Request request, RegistryRequest translated, long deadlineNs)
            throws IOException, InterruptedException {
        CompletableFuture<RegistryResponse> answer = new CompletableFuture<>();
        Thread asker = Thread.ofVirtual().name("ask-upstream").start(() -> {
            try {
                RegistryResponse response = client.request(translated);
                if (!answer.complete(response)) {
                    response.close();
                }
            } catch (IOException | InterruptedException | RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        try {
            return answer.get(deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw late(request);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io
                    ? io
                    : new IOException(request + ": " + e.getCause(), e.getCause());
        } finally {
            // Whoever waits no longer, for whatever reason, leaves neither a request nor an answer behind.
            if (answer.cancel(false)) {
                asker.interrupt();
            }
        }
    }

    private static void inTime(Request request, long deadlineNs) throws HttpTimeoutException {
        if (System.nanoTime() - deadlineNs > 0) {
            throw late(request);
        }
    }

    private static HttpTimeoutException late(Request request) {
        return new HttpTimeoutException(request + ": upstream did not answer within " + request.deadline());
    }

    private static RegistryRequest translate(Request request) throws IOException {
        Map<String, String> headers = new LinkedHashMap<>(request.headers());
        String authorization = headers.remove(AUTHORIZATION);
        RegistryRequest.Method method = switch (request.method()) {
            case GET -> RegistryRequest.Method.GET;
            case HEAD -> RegistryRequest.Method.HEAD;
        };
        try {
            return new RegistryRequest(
                    method,
                    request.repository().registry(),
                    request.repository().name(),
                    request.path().substring(1),
                    request.query(),
                    headers,
                    authorization == null ? "" : authorization);
        } catch (IllegalArgumentException e) {
            throw new IOException("cannot ask upstream for " + request + ": " + e.getMessage(), e);
        }
    }
}
