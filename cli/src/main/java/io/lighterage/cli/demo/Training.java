package io.lighterage.cli.demo;

import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.swarm.TokenBucket;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A short mass pull in one JVM, without limits. The launcher runs it once after a build and keeps what the JVM learned
 * of the code (JEP 515): nodes and supernodes then start with the profile of a pull instead of gathering it during
 * their first one.
 */
public final class Training {
    private static final String REGISTRY = "training.lighterage.local";
    private static final int ROUNDS = 3;
    private static final int NODES = 4;
    private static final int LAYERS = 3;
    private static final int LAYER_BYTES = 16 << 20;

    /** Beside them: what one small blob costs is other code than what a byte of a large one costs. */
    private static final int SMALL_LAYERS = 200;

    private static final int SMALL_LAYER_BYTES = 16 << 10;

    private Training() {}

    /** Runs it; leaves nothing behind. */
    public static void run() throws IOException, InterruptedException {
        ImageReference reference = new ImageReference(
                new Repository(REGISTRY, DemoRegistry.REPOSITORY), Optional.of(DemoRegistry.TAG), Optional.empty());
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        SplittableRandom random = new SplittableRandom();
        int[] sizes = IntStream.range(0, LAYERS + SMALL_LAYERS)
                .map(i -> i < LAYERS ? LAYER_BYTES : SMALL_LAYER_BYTES)
                .toArray();
        for (int round = 0; round < ROUNDS; round++) {
            try (TemporaryDirectory directory = TemporaryDirectory.create("lighter-train-");
                    DemoRegistry registry = DemoRegistry.start(RandomImage.make(directory.path(), random, sizes), new TokenBucket(0));
                    DemoCluster cluster =
                            DemoCluster.start(directory.path(), NODES, Map.of(REGISTRY, List.of(registry.url())), 0)) {
                CrowdPull.run(cluster.mirrors(), "node", reference, nowhere);
            }
        }
    }
}
