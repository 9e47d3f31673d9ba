package io.lighterage.tests.mirror;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;

/** Stands before a real registry and spoils its answers as it is told. */
final class FaultyUpstream implements AutoCloseable {
    private static final Set<String> OF_CONNECTIONS =
            Set.of("connection", "host", "content-length", "transfer-encoding", "expect", "upgrade", "date");
    private static final int DRIPS = 20;
    private static final long DRIP_NS = 20_000_000;

    /** What it does to an answer. */
    enum Fault {
        NONE,
        ERROR,
        LIMIT,
        SLOW,
        TRUNCATED,
        WRONG
    }

    private final URI registry;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private volatile Fault fault = Fault.NONE;

    FaultyUpstream(URI registry) throws IOException {
        this.registry = registry;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 256);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    void does(Fault next) {
        fault = next;
    }

    /** Method and path of each request so far. */
    List<String> seen() {
        return seen;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            seen.add(exchange.getRequestMethod() + " " + exchange.getRequestURI().getRawPath());
            byte[] body = exchange.getRequestBody().readAllBytes();
            Fault now = fault;
            switch (now) {
                case ERROR -> exchange.sendResponseHeaders(500, -1);
                case LIMIT -> {
                    exchange.getResponseHeaders().set("Retry-After", "3600");
                    exchange.sendResponseHeaders(429, -1);
                }
                case NONE, SLOW, TRUNCATED, WRONG -> pass(exchange, body, now);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the upstream is closed");
        }
    }

    private void pass(HttpExchange exchange, byte[] body, Fault now) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(registry.resolve(exchange.getRequestURI()))
                .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
        exchange.getRequestHeaders().forEach((name, values) -> {
            if (!OF_CONNECTIONS.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> request.header(name, value));
            }
        });
        HttpResponse<byte[]> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        answer.headers().map().forEach((name, values) -> {
            boolean head = exchange.getRequestMethod().equals("HEAD") && name.equalsIgnoreCase("content-length");
            if (head || !OF_CONNECTIONS.contains(name.toLowerCase(Locale.ROOT))) {
                exchange.getResponseHeaders().put(name, values.stream().map(this::here).toList());
            }
        });
        byte[] content = answer.body();
        if (content.length == 0 || exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(answer.statusCode(), -1);
            return;
        }
        if (now == Fault.WRONG) {
            content[content.length / 2] ^= 1;
        }
        exchange.sendResponseHeaders(answer.statusCode(), content.length);
        write(exchange.getResponseBody(), content, now);
    }

    /** Locations lead back here, as those of a registry behind a proxy do. */
    private String here(String value) {
        return value.replace(registry.toString(), url().toString());
    }

    private static void write(OutputStream out, byte[] content, Fault now) throws IOException {
        int end = now == Fault.TRUNCATED ? content.length / 2 : content.length;
        int step = now == Fault.SLOW ? content.length / DRIPS + 1 : content.length;
        for (int at = 0; at < end; at += step) {
            out.write(content, at, Math.min(step, end - at));
            out.flush();
            if (now == Fault.SLOW) {
                LockSupport.parkNanos(DRIP_NS);
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        client.close();
    }
}
