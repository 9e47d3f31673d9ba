package io.lighterage.cli.demo;

import io.lighterage.blockdev.image.LayerLimits;
import io.lighterage.blockdev.mount.LazyConfig;
import io.lighterage.cli.AccessSettings;
import io.lighterage.cli.HostPort;
import io.lighterage.cli.NodeConfig;
import io.lighterage.cli.NodeProcess;
import io.lighterage.cli.SupernodeConfig;
import io.lighterage.cli.SupernodeProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A supernode and nodes in this JVM, each with a store and free ports of its own on loopback. */
final class DemoCluster implements AutoCloseable {
    private static final HostPort ANY = new HostPort("127.0.0.1", 0);

    private static final Duration CONNECTING = Duration.ofSeconds(15);
    private static final long CONNECTING_POLL_MILLIS = 10;

    private final SupernodeProcess supernode;
    private final List<NodeProcess> nodes;

    private DemoCluster(SupernodeProcess supernode, List<NodeProcess> nodes) {
        this.supernode = supernode;
        this.nodes = nodes;
    }

    /**
     * Starts them.
     *
     * @param uploadLimit bytes a second that each of them sends at most, 0 for no limit
     */
    static DemoCluster start(Path directory, int count, Map<String, List<URI>> upstreams, long uploadLimit)
            throws IOException, InterruptedException {
        SupernodeProcess supernode = SupernodeProcess.start(new SupernodeConfig(
                directory.resolve("supernode"), ANY, ANY, Optional.of(ANY.host()), upstreams, Optional.empty(),
                Optional.empty(), uploadLimit, LayerLimits.DEFAULT, AccessSettings.supernode()));
        DemoCluster cluster = new DemoCluster(supernode, new ArrayList<>());
        try {
            for (int i = 1; i <= count; i++) {
                cluster.nodes.add(NodeProcess.start(new NodeConfig(
                        directory.resolve("node-" + i), URI.create(supernode.http().url()), ANY, ANY,
                        Optional.of(ANY.host()), "rack-" + (i + 1) / 2, "", upstreams, Optional.empty(),
                        Optional.empty(), uploadLimit, LazyConfig.DEFAULT, Optional.empty(), AccessSettings.node())));
            }
            cluster.awaitConnections();
            return cluster;
        } catch (IOException | InterruptedException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    /** Lets nodes find the supernode before anything is measured, as they have long before any pull. */
    private void awaitConnections() throws IOException, InterruptedException {
        long deadlineNs = System.nanoTime() + CONNECTING.toNanos();
        while (!nodes.stream().allMatch(NodeProcess::hasSupernode)) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IOException("not all nodes reached the supernode within " + CONNECTING.toSeconds() + " s");
            }
            TimeUnit.MILLISECONDS.sleep(CONNECTING_POLL_MILLIS);
        }
    }

    /** Where each node's mirror is. */
    List<URI> mirrors() {
        return nodes.stream().map(node -> URI.create(node.mirror().url())).toList();
    }

    /** Bytes that the supernode has read from registries. */
    long fromUpstream() {
        return supernode.status().traffic().fromUpstream();
    }

    /** Bytes that nodes have received from the supernode. */
    long fromSupernode() {
        return nodes.stream().mapToLong(node -> node.status().traffic().fromSupernode()).sum();
    }

    /** Bytes that nodes have received from each other. */
    long betweenNodes() {
        return nodes.stream().mapToLong(node -> node.status().traffic().fromPeers()).sum();
    }

    @Override
    public void close() {
        nodes.forEach(NodeProcess::close);
        supernode.close();
    }
}
