package io.lighterage.bench.masspull;

import io.lighterage.bench.lab.LabException;
import io.lighterage.bench.lab.Place;
import io.lighterage.bench.lab.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.stream.Stream;

/** Docker's registry as a process, and what its access log says. */
final class Registries {
    static final String TOOL = "docker-registry";
    static final int PORT = 5000;
    static final String TAG = "1";

    private static final java.util.regex.Pattern ANSWER =
            java.util.regex.Pattern.compile("\"GET /v2/(\\S+)/blobs/\\S+ HTTP/1\\.1\" 20[06] (\\d+) ");
    private static final long READY_SECONDS = 120;
    private static final long POLL_MILLIS = 50;

    private Registries() {}

    /**
     * Starts one that listens on {@link #PORT} of all addresses.
     *
     * @param remote base URL of a registry that it is a pull-through cache of, or empty
     */
    static Program start(String name, Place place, Path data, Path log, String remote)
            throws IOException, InterruptedException {
        Files.createDirectories(data);
        Path config = data.resolveSibling(data.getFileName() + ".yml");
        String proxy = remote.isEmpty() ? "" : "proxy: {remoteurl: \"" + remote + "\"}\n";
        Files.writeString(config, "version: 0.1\nlog: {level: error, accesslog: {disabled: false}}\n"
                + "storage: {filesystem: {rootdirectory: \"" + data + "\"}}\nhttp: {addr: \"0.0.0.0:" + PORT + "\"}\n"
                + proxy);
        Program registry = Program.start(name, place, log, List.of(TOOL, "serve", config.toString()));
        awaitHttp(registry, place, new InetSocketAddress("127.0.0.1", PORT), "/v2/");
        return registry;
    }

    /** Waits until {@code path} is answered with 200 in the program's own network. */
    static void awaitHttp(Program program, Place place, InetSocketAddress address, String path)
            throws IOException, InterruptedException {
        await(program, () -> place.call(() -> {
            try (HttpConnection connection = HttpConnection.open(address)) {
                return connection.get(path, "").status() == 200;
            } catch (IOException e) {
                return false; // not yet: whether it died is asked by the caller
            }
        }));
    }

    private static void await(Program program, Callable<Boolean> ready) throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
        try {
            while (!ready.call()) {
                program.requireAlive();
                if (System.nanoTime() > deadlineNs) {
                    throw new LabException(program.name() + " was not ready within " + READY_SECONDS + " s");
                }
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new LabException("cannot ask " + program.name(), e);
        }
    }

    /** Pushes an image over loopback, by the distribution specification 1.1. */
    static void push(Place place, PulledImage image, String repository) throws IOException, InterruptedException {
        InetSocketAddress address = new InetSocketAddress("127.0.0.1", PORT);
        Set<Object> pushed = new HashSet<>();
        for (PulledImage.Content blob : image.blobs()) {
            if (pushed.add(blob.digest())) {
                place.call(() -> {
                    push(address, blob, repository);
                    return null;
                });
            }
        }
        place.call(() -> {
            try (HttpConnection connection = HttpConnection.open(address)) {
                String path = "/v2/" + repository + "/manifests/" + TAG;
                require(connection.send("PUT", path, image.mediaType(), image.manifest()), 201, path);
                return null;
            }
        });
    }

    private static void push(InetSocketAddress address, PulledImage.Content blob, String repository)
            throws IOException {
        try (HttpConnection connection = HttpConnection.open(address)) {
            String uploads = "/v2/" + repository + "/blobs/uploads/";
            HttpConnection.Head begun = connection.send("POST", uploads, "application/octet-stream", new byte[0]);
            require(begun, 202, uploads);
            connection.body(begun);
            String location = begun.headers().getOrDefault("location", "");
            String path = location.startsWith("http") ? location.substring(location.indexOf('/', "https://".length()))
                    : location;
            require(connection.send("PUT", path + (path.contains("?") ? "&" : "?") + "digest=" + blob.digest(),
                    blob.file()), 201, path);
        }
    }

    private static void require(HttpConnection.Head head, int status, String what) throws IOException {
        if (head.status() != status) {
            throw new LabException("the registry answers with status " + head.status() + " to " + what);
        }
    }

    /** Bytes of blobs of {@code repository} that a registry has sent, by its access log. */
    static long sent(Path log, String repository) throws IOException {
        try (Stream<String> lines = Files.lines(log, StandardCharsets.UTF_8)) {
            return lines.mapToLong(line -> {
                Matcher answer = ANSWER.matcher(line);
                return answer.find() && answer.group(1).equals(repository) ? Long.parseLong(answer.group(2)) : 0;
            }).sum();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
