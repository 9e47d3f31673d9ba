package io.lighterage.cli.demo;

import io.lighterage.cli.Amounts;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.swarm.TokenBucket;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The main job on one machine; see {@code lighter demo --help}. Leaves nothing behind, not even after a signal. */
public final class Demo {
    /** Most nodes that make sense on one machine. */
    public static final int MOST_NODES = 64;

    private static final Logger LOG = LoggerFactory.getLogger(Demo.class);
    private static final String REGISTRY = "demo.lighterage.local";
    private static final String WARMTH = "warmth.lighterage.local";
    private static final int[] WARMTH_BYTES = {2 << 20, 16 << 10};
    private static final long LEAST_IMAGE = 200_000_000;

    /** Bytes a second of the registry's link, and of the links of the supernode and each node. */
    private static final long BANDWIDTH = 50_000_000;
    private static final long CLOSING_SECONDS = 6;

    private final int nodes;
    private final PrintWriter out;

    /**
     * @param nodes number of nodes, 1 to {@link #MOST_NODES}
     * @param out where progress and the table go
     */
    public Demo(int nodes, PrintWriter out) {
        this.nodes = nodes;
        this.out = out;
    }

    /**
     * Runs with {@code image}, or with one that is built from files of this machine.
     *
     * @param upstreams base URLs of registries by name, for {@code image}
     */
    public void run(Optional<ImageReference> image, Map<String, List<URI>> upstreams)
            throws IOException, InterruptedException {
        try (TemporaryDirectory directory = TemporaryDirectory.create("lighter-demo-")) {
            CountDownLatch done = new CountDownLatch(1);
            Thread onSignal = new Thread(new Cleaner(Thread.currentThread(), done, directory), "demo-cleaner");
            Runtime.getRuntime().addShutdownHook(onSignal);
            try {
                if (image.isPresent()) {
                    pull(directory, image.get(), upstreams);
                } else {
                    buildAndPull(directory);
                }
            } finally {
                done.countDown();
            }
        }
    }

    private void buildAndPull(TemporaryDirectory directory) throws IOException, InterruptedException {
        directory.requireSpace((nodes + 2) * LEAST_IMAGE * 3 / 2);
        say("Building an image from files of this machine ...");
        long start = System.nanoTime();
        DemoImage image = new ImageBuilder(MachineFiles.ofThisJvm(), directory.path()).build(LEAST_IMAGE);
        say("%s in %d layers, %s.", Amounts.bytes(image.length()), image.layers().size(),
                Amounts.time(System.nanoTime() - start));
        ImageReference reference = reference(REGISTRY);
        CrowdResult swarm;
        try (DemoRegistry registry = registry(image)) {
            say("Pulling it with a supernode and %d nodes; every link, upstream's too, carries %s/s.", nodes,
                    Amounts.bytes(BANDWIDTH));
            swarm = swarm(directory, reference, Map.of(REGISTRY, List.of(registry.url())),
                    BANDWIDTH, Optional.of(registry));
        }
        try (DemoRegistry registry = registry(image)) {
            say("%nTo compare: the same pulls from upstream directly.");
            List<URI> bases = Collections.nCopies(nodes, registry.url());
            List<PullResult> pulls = CrowdPull.run(bases, "client", reference, out);
            CrowdResult direct = new CrowdResult(
                    pulls, registry.totalSent(), OptionalLong.empty(), OptionalLong.empty());
            DemoReport.print(swarm, Optional.of(direct), out);
        }
    }

    private void pull(TemporaryDirectory directory, ImageReference image, Map<String, List<URI>> upstreams)
            throws IOException, InterruptedException {
        say("Pulling %s with a supernode and %d nodes on this machine; no link is limited.", image, nodes);
        DemoReport.print(swarm(directory, image, upstreams, 0, Optional.empty()), Optional.empty(), out);
    }

    private CrowdResult swarm(
            TemporaryDirectory directory,
            ImageReference image,
            Map<String, List<URI>> upstreams,
            long uploadLimit,
            Optional<DemoRegistry> registry)
            throws IOException, InterruptedException {
        Path warmth = Files.createDirectories(directory.path().resolve("warmth"));
        try (DemoRegistry small = DemoRegistry.start(
                        RandomImage.make(warmth, new SplittableRandom(), WARMTH_BYTES), new TokenBucket(0));
                DemoCluster cluster =
                        DemoCluster.start(directory.path(), nodes, withWarmth(upstreams, small), uploadLimit)) {
            // Nodes run for months; the first pull of a JVM mostly loads classes, which is not what is shown.
            CrowdPull.run(
                    cluster.mirrors(), "node", reference(WARMTH), new PrintWriter(Writer.nullWriter()));
            long upstreamBefore = cluster.fromUpstream();
            long supernodeBefore = cluster.fromSupernode();
            long nodesBefore = cluster.betweenNodes();
            List<PullResult> pulls = CrowdPull.run(cluster.mirrors(), "node", image, out);
            return new CrowdResult(
                    pulls,
                    registry.map(DemoRegistry::totalSent).orElseGet(() -> cluster.fromUpstream() - upstreamBefore),
                    OptionalLong.of(cluster.fromSupernode() - supernodeBefore),
                    OptionalLong.of(cluster.betweenNodes() - nodesBefore));
        }
    }

    private static Map<String, List<URI>> withWarmth(Map<String, List<URI>> upstreams, DemoRegistry small) {
        Map<String, List<URI>> all = new HashMap<>(upstreams);
        all.put(WARMTH, List.of(small.url()));
        return all;
    }

    private static ImageReference reference(String registry) {
        return new ImageReference(
                new Repository(registry, DemoRegistry.REPOSITORY), Optional.of(DemoRegistry.TAG), Optional.empty());
    }

    private static DemoRegistry registry(DemoImage image) throws IOException {
        return DemoRegistry.start(image, new TokenBucket(BANDWIDTH));
    }

    private void say(String format, Object... values) {
        out.println(String.format(format, values));
        out.flush();
    }

    /** On a signal: interrupts the demo, lets it close everything, and removes what is left. */
    private record Cleaner(Thread demo, CountDownLatch done, TemporaryDirectory directory) implements Runnable {
        @Override
        public void run() {
            try {
                if (done.getCount() > 0) {
                    demo.interrupt();
                    if (!done.await(CLOSING_SECONDS, TimeUnit.SECONDS)) {
                        LOG.warn("the demo did not close within {} seconds", CLOSING_SECONDS);
                    }
                }
                directory.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException e) {
                LOG.warn("cannot remove {}", directory.path(), e);
            }
        }
    }
}
