package io.lighterage.cli.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.swarm.TokenBucket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A registry with one image, on loopback: the pull part of the OCI distribution specification with ranges, sending
 * no more than a number of bytes a second over all connections together, and counting what it sends.
 */
final class DemoRegistry implements AutoCloseable {
    /** The image's repository. */
    static final String REPOSITORY = "demo/image";

    /** The image's tag. */
    static final String TAG = "latest";

    private static final String MANIFESTS = "/v2/" + REPOSITORY + "/manifests/";
    private static final String BLOBS = "/v2/" + REPOSITORY + "/blobs/";
    private static final Pattern RANGE = Pattern.compile("bytes=([0-9]{0,15})-([0-9]{0,15})");
    private static final int PIECE = 32 << 10;
    private static final int PARTIAL = 206;
    private static final int NOT_FOUND = 404;
    private static final int WRONG_METHOD = 405;
    private static final int WRONG_RANGE = 416;

    private final DemoImage image;
    private final Map<String, DemoLayer> layers = new TreeMap<>();
    private final Digest config;

    /** What all answers share; guarded by itself. */
    private final TokenBucket bandwidth;

    private final Map<Digest, LongAdder> sent = new ConcurrentHashMap<>();
    private final HttpServer server;
    private final ExecutorService handlers = Executors.newVirtualThreadPerTaskExecutor();

    private DemoRegistry(DemoImage image, TokenBucket bandwidth, HttpServer server) {
        this.image = image;
        this.bandwidth = bandwidth;
        this.server = server;
        this.config = Digest.of(image.config());
        image.layers().forEach(layer -> layers.put(layer.digest().toString(), layer));
    }

    /** Serves {@code image} on a free port of loopback. */
    static DemoRegistry start(DemoImage image, TokenBucket bandwidth) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        DemoRegistry registry = new DemoRegistry(image, bandwidth, server);
        server.setExecutor(registry.handlers);
        server.createContext("/v2/", registry::handle);
        server.start();
        return registry;
    }

    /** Its base URL. */
    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Bytes of content sent so far, by digest of manifest, config or layer. */
    Map<Digest, Long> sent() {
        Map<Digest, Long> copy = new TreeMap<>();
        sent.forEach((digest, bytes) -> copy.put(digest, bytes.sum()));
        return copy;
    }

    /** Bytes of content sent so far. */
    long totalSent() {
        return sent.values().stream().mapToLong(LongAdder::sum).sum();
    }

    @Override
    public void close() {
        server.stop(0);
        handlers.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            String method = exchange.getRequestMethod();
            if (!method.equals("GET") && !method.equals("HEAD")) {
                refuse(exchange, WRONG_METHOD, "UNSUPPORTED");
            } else if (path.equals("/v2/")) {
                send(exchange, "application/json", Optional.empty(), "{}".getBytes(StandardCharsets.UTF_8));
            } else if (path.equals(MANIFESTS + TAG) || path.equals(MANIFESTS + image.digest())) {
                send(exchange, DemoImage.MANIFEST_TYPE, Optional.of(image.digest()), image.manifest());
            } else if (path.equals(BLOBS + config)) {
                send(exchange, "application/octet-stream", Optional.of(config), image.config());
            } else if (path.startsWith(BLOBS)
                    && layers.get(path.substring(BLOBS.length())) instanceof DemoLayer layer) {
                send(exchange, layer);
            } else {
                refuse(exchange, NOT_FOUND, path.startsWith(BLOBS) ? "BLOB_UNKNOWN" : "MANIFEST_UNKNOWN");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void refuse(HttpExchange exchange, int status, String code) throws IOException {
        byte[] body = ("{\"errors\":[{\"code\":\"" + code + "\"}]}").getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, exchange.getRequestMethod().equals("HEAD") ? -1 : body.length);
        if (!exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseBody().write(body);
        }
    }

    private void send(HttpExchange exchange, String type, Optional<Digest> digest, byte[] content)
            throws IOException, InterruptedException {
        exchange.getResponseHeaders().set("Content-Type", type);
        digest.ifPresent(d -> exchange.getResponseHeaders().set("Docker-Content-Digest", d.toString()));
        if (begin(exchange, 200, content.length)) {
            pace(content.length);
            exchange.getResponseBody().write(content);
            digest.ifPresent(d -> count(d, content.length));
        }
    }

    /** Waits until {@code bytes} may leave. */
    private void pace(int bytes) throws InterruptedException {
        long waitNs;
        synchronized (bandwidth) {
            long nowNs = System.nanoTime();
            bandwidth.take(bytes, nowNs);
            waitNs = bandwidth.waitNs(nowNs);
        }
        TimeUnit.NANOSECONDS.sleep(waitNs);
    }

    private void send(HttpExchange exchange, DemoLayer layer) throws IOException, InterruptedException {
        String header = exchange.getRequestHeaders().getFirst("Range");
        Optional<ByteRange> range = header == null ? Optional.empty() : range(header, layer.length());
        exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
        exchange.getResponseHeaders().set("Docker-Content-Digest", layer.digest().toString());
        exchange.getResponseHeaders().set("Accept-Ranges", "bytes");
        if (header != null && range.isEmpty()) {
            exchange.getResponseHeaders().set("Content-Range", "bytes */" + layer.length());
            refuse(exchange, WRONG_RANGE, "BLOB_UPLOAD_INVALID");
            return;
        }
        ByteRange all = range.orElse(new ByteRange(0, layer.length()));
        if (range.isPresent()) {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + all.offset() + "-" + (all.end() - 1) + "/" + layer.length());
        }
        if (begin(exchange, range.isPresent() ? PARTIAL : 200, all.length())) {
            copy(layer, all, exchange.getResponseBody());
        }
    }

    private void copy(DemoLayer layer, ByteRange range, OutputStream out) throws IOException, InterruptedException {
        byte[] piece = new byte[PIECE];
        try (FileChannel file = FileChannel.open(layer.file(), StandardOpenOption.READ);
                InputStream in = Channels.newInputStream(file.position(range.offset()))) {
            for (long left = range.length(); left > 0; ) {
                int count = in.readNBytes(piece, 0, (int) Math.min(PIECE, left));
                if (count == 0) {
                    throw new IOException(layer.file() + " became shorter");
                }
                pace(count);
                out.write(piece, 0, count);
                count(layer.digest(), count);
                left -= count;
            }
        }
    }

    private void count(Digest digest, int bytes) {
        sent.computeIfAbsent(digest, d -> new LongAdder()).add(bytes);
    }

    /** Sends the head of an answer; answers whether a body follows. */
    private static boolean begin(HttpExchange exchange, int status, long length) throws IOException {
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", Long.toString(length));
            exchange.sendResponseHeaders(status, -1);
            return false;
        }
        exchange.sendResponseHeaders(status, length);
        return true;
    }

    /** A single range by RFC 9110, section 14.2; empty if it is malformed or outside. */
    private static Optional<ByteRange> range(String header, long length) {
        Matcher form = RANGE.matcher(header);
        if (!form.matches() || form.group(1).isEmpty() && form.group(2).isEmpty()) {
            return Optional.empty();
        }
        long last = length - 1;
        long first;
        if (form.group(1).isEmpty()) {
            first = Math.max(0, length - Long.parseLong(form.group(2)));
        } else {
            first = Long.parseLong(form.group(1));
            last = form.group(2).isEmpty() ? last : Math.min(last, Long.parseLong(form.group(2)));
        }
        return first > last ? Optional.empty() : Optional.of(new ByteRange(first, last - first + 1));
    }
}
