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
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The registries that a client reaches, as a mirror asks them. */
final class UpstreamRegistry implements Registry, PushUpstream {
    private static final String AUTHORIZATION = "authorization";

    private final RegistryClient client;
    private final boolean self;

    /** Asks by {@code client}, within the deadline of each request. */
    UpstreamRegistry(RegistryClient client) {
        this(client, false);
    }

    /** @param self whether this process asks for itself, by credentials of its own */
    UpstreamRegistry(RegistryClient client, boolean self) {
        this.client = client;
        this.self = self;
    }

    @Override
    public Response ping(String registry, String authorization, Duration deadline)
            throws IOException, InterruptedException {
        String name = "/v2/ of " + registry;
        long deadlineNs = System.nanoTime() + deadline.toNanos();
        RegistryResponse answer = await(name, deadline, () -> client.ping(registry, authorization), deadlineNs);
        return response(answer, name, deadline, deadlineNs);
    }

    @Override
    public Response ask(Request request) throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + request.deadline().toNanos();
        RegistryRequest translated = translate(request);
        RegistryResponse answer = await(request, request.deadline(), () -> client.request(translated), deadlineNs);
        return response(answer, request, request.deadline(), deadlineNs);
    }

    private static Response response(RegistryResponse answer, Object request, Duration deadline, long deadlineNs) {
        return new Response(answer.status(), headers(answer), new FilterInputStream(answer.body()) {
            @Override
            public int read() throws IOException {
                inTime(request, deadline, deadlineNs);
                return super.read();
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                inTime(request, deadline, deadlineNs);
                return super.read(target, offset, length);
            }

            @Override
            public void close() {
                answer.close();
            }
        });
    }

    /** Something that the client asks. */
    private interface Question {
        RegistryResponse ask() throws IOException, InterruptedException;
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

    /** Headers by which parts of Lighterage speak to each other are not for registries to set. */
    private static Map<String, String> headers(RegistryResponse answer) {
        Map<String, String> headers = new LinkedHashMap<>();
        answer.headers().map().forEach((name, values) -> {
            if (!name.toLowerCase(Locale.ROOT).startsWith("lighterage-")) {
                headers.put(name, String.join(", ", values));
            }
        });
        return headers;
    }

    /** The client's time-outs are for each try; all of them together have the request's deadline. */
    private RegistryResponse await(Object request, Duration deadline, Question question, long deadlineNs)
            throws IOException, InterruptedException {
        CompletableFuture<RegistryResponse> answer = new CompletableFuture<>();
        Thread asker = Thread.ofVirtual().name("ask-upstream").start(() -> {
            try {
                RegistryResponse response = question.ask();
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
            throw late(request, deadline);
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

    private static void inTime(Object request, Duration deadline, long deadlineNs) throws HttpTimeoutException {
        if (System.nanoTime() - deadlineNs > 0) {
            throw late(request, deadline);
        }
    }

    private static HttpTimeoutException late(Object request, Duration deadline) {
        return new HttpTimeoutException(request + ": upstream did not answer within " + deadline);
    }

    private RegistryRequest translate(Request request) throws IOException {
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
                    authorization == null ? "" : authorization,
                    self);
        } catch (IllegalArgumentException e) {
            throw new IOException("cannot ask upstream for " + request + ": " + e.getMessage(), e);
        }
    }
}
