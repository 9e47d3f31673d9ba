package io.lighterage.supernode.tracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.exchange.BlobRefusedException;
import io.lighterage.peer.exchange.SwarmExchange;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Upstream is down, and the supernode lacks what nodes have. */
@Timeout(120)
class UpstreamOutageTest {
    private static final int LENGTH = 9_000_000;

    @TempDir
    Path directory;

    private static byte[] random(long seed) {
        byte[] bytes = new byte[LENGTH];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Publishes a blob that afterwards a node holds and the supernode does not. */
    private Digest heldByOneNode(Datacenter datacenter, byte[] content) throws Exception {
        datacenter.startSupernode();
        SwarmExchange holder = datacenter.startNode();
        Digest digest = datacenter.publish(content);
        Datacenter.pullEverywhere(List.of(holder), digest);
        emptySupernode(datacenter, holder);
        return digest;
    }

    /** The supernode goes, its data is lost, and it is started again. */
    private void emptySupernode(Datacenter datacenter, SwarmExchange node) throws Exception {
        datacenter.stopSupernode();
        try (Stream<Path> files = Files.walk(directory.resolve("supernode"))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        datacenter.startSupernode();
        Datacenter.await(() -> node.hasSupernode() && datacenter.supernode.trackedBlobs() > 0);
    }

    @Test
    void aBlobThatOnlyANodeHoldsComesFromThere() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            Digest digest = heldByOneNode(datacenter, random(1));
            datacenter.upstreamDown(true);
            SwarmExchange other = datacenter.startNode();
            SwarmExchange third = datacenter.startNode();

            Datacenter.pullEverywhere(List.of(other, third), digest);

            assertThat(other.statistics().fromPeers()).isEqualTo(LENGTH);
            assertThat(datacenter.served(digest)).isEqualTo(LENGTH);
            Datacenter.await(() -> datacenter.store(other).find(digest).orElseThrow().isVerified());
        }
    }

    @Test
    void aPullGoesOnAtNodesWhenTheReadOfTheSupernodeFailsMidway() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            Digest digest = heldByOneNode(datacenter, random(5));
            datacenter.upstreamDownAfter(3_000_000);
            SwarmExchange other = datacenter.startNode();

            Datacenter.pullEverywhere(List.of(other), digest);

            assertThat(other.statistics().fromPeers()).isGreaterThanOrEqualTo(LENGTH - 3_000_000);
            assertThat(datacenter.served(digest)).isLessThanOrEqualTo(LENGTH + 3_000_000);
            Datacenter.await(() -> datacenter.store(other).find(digest).orElseThrow().isVerified());
        }
    }

    @Test
    void neighboursGoOnExchangingWithoutSupernodeAndUpstream() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            datacenter.startSupernode();
            SwarmExchange one = datacenter.startNode();
            SwarmExchange other = datacenter.startNode();
            Digest both = datacenter.publish(random(6));
            Digest held = datacenter.publish(random(7));
            Datacenter.pullEverywhere(List.of(one), both, held);
            Datacenter.pullEverywhere(List.of(other), both);
            // Now they know each other.
            datacenter.stopSupernode();
            datacenter.upstreamDown(true);
            long before = other.statistics().fromPeers();

            Datacenter.pullEverywhere(List.of(other), held);

            assertThat(other.statistics().fromPeers() - before).isEqualTo(LENGTH);
            Datacenter.await(() -> datacenter.store(other).find(held).orElseThrow().isVerified());
        }
    }

    @Test
    void aStatusThatMeansAnOutageIsOneToo() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            Digest digest = heldByOneNode(datacenter, random(2));
            datacenter.upstreamStatus(503);
            SwarmExchange other = datacenter.startNode();

            Datacenter.pullEverywhere(List.of(other), digest);

            assertThat(other.statistics().fromPeers()).isEqualTo(LENGTH);
        }
    }

    @Test
    void whatUpstreamForbidsIsNotTakenFromNodes() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            Digest digest = heldByOneNode(datacenter, random(3));
            datacenter.upstreamStatus(403);
            SwarmExchange other = datacenter.startNode();

            assertThatThrownBy(() -> Datacenter.pull(other, digest))
                    .isInstanceOfSatisfying(BlobRefusedException.class,
                            refused -> assertThat(refused.refusal().status()).isEqualTo(403));
            assertThat(other.statistics().fromPeers()).isZero();
        }
    }

    @Test
    void aBlobThatNobodyHoldsIsRefused() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            datacenter.startSupernode();
            datacenter.upstreamDown(true);
            SwarmExchange node = datacenter.startNode();

            assertThatThrownBy(() -> Datacenter.pull(node, datacenter.publish(random(4))))
                    .isInstanceOfSatisfying(BlobRefusedException.class,
                            refused -> assertThat(refused.refusal().status()).isEqualTo(502));
        }
    }
}
