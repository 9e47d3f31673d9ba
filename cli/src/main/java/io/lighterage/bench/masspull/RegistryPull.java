package io.lighterage.bench.masspull;

import io.lighterage.bench.lab.Place;
import io.lighterage.bench.report.Report;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pulls an image as an engine does, from a registry or a mirror: the manifest by its tag, then config and layers, a few
 * at a time over connections that are used again. Content is checked by its CRC and dropped: hashing and keeping it, as
 * an engine does on its own host, would here take the processors from those who are measured.
 */
public final class RegistryPull implements HostTask {
    private static final Logger LOG = LoggerFactory.getLogger(RegistryPull.class);

    /**
     * Where the image is.
     *
     * @param server where to connect
     * @param repository with {@code tag}, as it is named there
     * @param query of every request, with its question mark, or empty
     */
    public record Source(InetSocketAddress server, String repository, String tag, String query) {}

    private final String host;
    private final Place place;
    private final Source source;
    private final PulledImage image;
    private final int parallel;
    private final Set<HttpConnection> open = ConcurrentHashMap.newKeySet();
    private volatile boolean aborted;

    /** A pull that has not begun. */
    public RegistryPull(String host, Place place, Source source, PulledImage image, int parallel) {
        this.host = host;
        this.place = place;
        this.source = source;
        this.image = image;
        this.parallel = parallel;
    }

    @Override
    public Place place() {
        return place;
    }

    @Override
    public void pull(long startNs, List<Report.Fetch> fetches) throws IOException, InterruptedException {
        int count = image.blobs().size();
        AtomicInteger next = new AtomicInteger();
        AtomicReference<IOException> failure = new AtomicReference<>();
        try (HttpConnection first = connect()) {
            manifest(first, startNs, fetches);
            Thread[] workers = new Thread[Math.min(parallel, count) - 1];
            for (int i = 0; i < workers.length; i++) {
                // Started from a thread that is in the host's network, so they are in it too.
                workers[i] = Thread.ofPlatform().daemon().name(host + "-" + (i + 2)).start(() -> {
                    try (HttpConnection connection = connect()) {
                        fetchAll(connection, next, startNs, fetches);
                    } catch (IOException e) {
                        fail(failure, e);
                    }
                });
            }
            try {
                fetchAll(first, next, startNs, fetches);
            } catch (IOException e) {
                fail(failure, e);
            }
            for (Thread worker : workers) {
                worker.join();
            }
        } catch (IOException e) {
            fail(failure, e);
        }
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    private void fail(AtomicReference<IOException> failure, IOException e) {
        failure.compareAndSet(null, new IOException(host + ": " + (aborted ? "the pull was ended" : e.getMessage()),
                e));
        closeAll();
    }

    private HttpConnection connect() throws IOException {
        HttpConnection connection = HttpConnection.open(source.server());
        open.add(connection);
        if (aborted) {
            connection.close();
        }
        return connection;
    }

    private void manifest(HttpConnection connection, long startNs, List<Report.Fetch> fetches) throws IOException {
        double begun = since(startNs);
        String path = "/v2/" + source.repository() + "/manifests/" + source.tag() + source.query();
        HttpConnection.Head head = connection.get(path, image.mediaType());
        byte[] manifest = connection.body(head);
        requireOk(head, path);
        if (!Arrays.equals(manifest, image.manifest())) {
            throw new IOException(path + " is another manifest than was pushed");
        }
        double end = since(startNs);
        fetches.add(new Report.Fetch(host, "manifest", manifest.length, begun, end, end));
    }

    private void fetchAll(HttpConnection connection, AtomicInteger next, long startNs, List<Report.Fetch> fetches)
            throws IOException {
        CrcSink check = new CrcSink();
        for (int i = next.getAndIncrement(); i < image.blobs().size(); i = next.getAndIncrement()) {
            PulledImage.Content content = image.blobs().get(i);
            double[] first = new double[1];
            double begun = since(startNs);
            String path = "/v2/" + source.repository() + "/blobs/" + content.digest() + source.query();
            HttpConnection.Head head = connection.get(path, "");
            if (head.status() == 200 && head.length() == content.length()) {
                check.restart();
                connection.body(head.length(), () -> first[0] = since(startNs), check::take);
                check.require(content);
            } else {
                requireOk(head, path);
                throw new IOException(path + " has " + head.length() + " bytes instead of " + content.length());
            }
            fetches.add(new Report.Fetch(
                    host, i == 0 ? "config" : "layer " + i, content.length(), begun, first[0], since(startNs)));
        }
    }

    private static void requireOk(HttpConnection.Head head, String path) throws IOException {
        if (head.status() != 200) {
            throw new IOException(path + " is answered with status " + head.status());
        }
    }

    private static double since(long startNs) {
        return (System.nanoTime() - startNs) / 1e9;
    }

    @Override
    public void abort() {
        aborted = true;
        closeAll();
    }

    private void closeAll() {
        for (HttpConnection connection : open) {
            try {
                connection.close();
            } catch (IOException e) {
                LOG.debug("{}: {}", host, e.getMessage());
            }
        }
    }

    @Override
    public void verify() {
        // done while it came
    }
}
