package io.lighterage.supernode.upstream;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.BlobSource;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A registry on loopback that serves blobs and, request by request, does what a script says. Counts every byte served.
 */
public final class HostileRegistry implements AutoCloseable {
    private static final Pattern RANGE = Pattern.compile("bytes=([0-9]+)-([0-9]*)");

    /** One request as it came. */
    public record Seen(String method, String path, String query, String range, String authorization, String body) {}

    /** Handles a request; answers whether it did, else the registry serves it as a good one would. */
    @FunctionalInterface
    public interface Trick {
        boolean handle(HttpExchange exchange, int number) throws IOException;
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
    private final AtomicLong served = new AtomicLong();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CopyOnWriteArrayList<Throwable> broken = new CopyOnWriteArrayList<>();
    public final List<Seen> seen = new CopyOnWriteArrayList<>();
    public volatile Trick trick = (exchange, number) -> false;
    public volatile boolean knowsRanges = true;

    public HostileRegistry() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    public String name() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    public URI url() {
        return URI.create("http://" + name());
    }

    public BlobSource source() {
        return BlobSource.of(new Repository(name(), "team/app"));
    }

    public Digest add(byte[] content) {
        return addAs(Digest.of(content), content);
    }

    public Digest addAs(Digest digest, byte[] content) {
        blobs.put(digest.toString(), content);
        return digest;
    }

    /** Body bytes of blobs that were written so far. */
    public long served() {
        return served.get();
    }

    public long count(String method) {
        return seen.stream().filter(s -> s.method().equals(method)).count();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            int number;
            synchronized (seen) {
                number = seen.size();
                seen.add(new Seen(
                        exchange.getRequestMethod(),
                        exchange.getRequestURI().getPath(),
                        exchange.getRequestURI().getRawQuery(),
                        exchange.getRequestHeaders().getFirst("Range"),
                        exchange.getRequestHeaders().getFirst("Authorization"),
                        body));
            }
            if (!trick.handle(exchange, number)) {
                serve(exchange);
            }
        } catch (RuntimeException e) {
            broken.add(e);
            throw e;
        }
    }

    /** Serves a blob as a good registry does. */
    public void serve(HttpExchange exchange) throws IOException {
        byte[] blob = blobOf(exchange);
        if (blob == null) {
            answer(exchange, 404, "{\"errors\":[{\"code\":\"BLOB_UNKNOWN\"}]}");
            return;
        }
        int from = 0;
        int to = blob.length;
        int status = 200;
        String range = exchange.getRequestHeaders().getFirst("Range");
        if (range != null && knowsRanges) {
            Matcher matcher = RANGE.matcher(range);
            if (!matcher.matches()) {
                throw new IllegalArgumentException("odd range " + range);
            }
            from = (int) Long.parseLong(matcher.group(1));
            to = matcher.group(2).isEmpty() ? to : (int) Math.min(to, Long.parseLong(matcher.group(2)) + 1);
            if (from >= blob.length) {
                exchange.getResponseHeaders().set("Content-Range", "bytes */" + blob.length);
                exchange.sendResponseHeaders(416, -1);
                return;
            }
            status = 206;
            exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + blob.length);
        }
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(to - from));
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        send(exchange, status, blob, from, to, to - from);
    }

    /** Sends the bytes {@code from .. to} under a head that promises {@code promised} of them (0: chunked). */
    public void send(HttpExchange exchange, int status, byte[] blob, int from, int to, long promised)
            throws IOException {
        exchange.sendResponseHeaders(status, promised == 0 && to == from ? -1 : promised);
        OutputStream out = exchange.getResponseBody();
        for (int at = from; at < to; ) {
            int count = Math.min(16 << 10, to - at);
            out.write(blob, at, count);
            served.addAndGet(count);
            at += count;
        }
        out.flush();
    }

    /** Sends the first {@code count} bytes of what is asked for as if all came, then breaks the connection. */
    public void breakAfter(HttpExchange exchange, int count) throws IOException {
        byte[] blob = blobOf(exchange);
        String range = exchange.getRequestHeaders().getFirst("Range");
        Matcher matcher = RANGE.matcher(range == null ? "" : range);
        int from = 0;
        int to = blob.length;
        int status = 200;
        if (knowsRanges && matcher.matches()) {
            status = 206;
            from = Integer.parseInt(matcher.group(1));
            to = (int) Math.min(to, Long.parseLong(matcher.group(2)) + 1);
            exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + blob.length);
        }
        send(exchange, status, blob, from, Math.min(to, from + count), to - from);
    }

    /** Keeps a request without an answer until the registry closes. */
    public void stall() {
        try {
            closing.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public byte[] blobOf(HttpExchange exchange) {
        String path = exchange.getRequestURI().getPath();
        return blobs.get(path.substring(path.lastIndexOf('/') + 1));
    }

    public static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
        if (!broken.isEmpty()) {
            throw new UncheckedIOException(new IOException("the test's registry broke", broken.getFirst()));
        }
    }
}
