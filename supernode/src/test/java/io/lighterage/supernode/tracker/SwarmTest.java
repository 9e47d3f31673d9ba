package io.lighterage.supernode.tracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.exchange.BlobRefusedException;
import io.lighterage.peer.exchange.BlobSlice;
import io.lighterage.peer.exchange.BlobUnavailableException;
import io.lighterage.peer.exchange.SwarmConfig;
import io.lighterage.peer.exchange.SwarmExchange;
import io.lighterage.peer.exchange.Uploads;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes, supernode and registry together. */
@Timeout(120)
class SwarmTest {
    @TempDir
    Path directory;

    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @Test
    void aCrowdReadsUpstreamOnceAndExchangesTheRest() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            // A supernode whose link is the bottleneck, as in a real crowd: 20 MB/s.
            datacenter.startSupernode(new Uploads.Limits(4, 64, 20_000_000));
            List<SwarmExchange> nodes = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                nodes.add(datacenter.startNode());
            }
            Digest one = datacenter.publish(random(20_000_000, 1));
            Digest two = datacenter.publish(random(12_345_678, 2));

            Datacenter.pullEverywhere(nodes, one, two);

            assertThat(datacenter.served(one)).isEqualTo(20_000_000);
            assertThat(datacenter.served(two)).isEqualTo(12_345_678);
            assertThat(datacenter.supernode.statistics().toNodes()).isLessThan(2L * 32_345_678);
            assertThat(nodes).allSatisfy(node -> assertThat(node.statistics().fromPeers()).isPositive());
        }
    }

    @Test
    void blobsOfOneChunkAndOfNoneCome() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            datacenter.startSupernode();
            List<SwarmExchange> nodes = List.of(datacenter.startNode(), datacenter.startNode(), datacenter.startNode());
            Digest small = datacenter.publish(random(10_000, 3));
            Digest empty = datacenter.publish(new byte[0]);

            Datacenter.pullEverywhere(nodes, small, empty);

            assertThat(datacenter.served(small)).isEqualTo(10_000);
        }
    }

    @Test
    void blobsOfOneChunkAreRelayedByNodesWhileTheLinkOfTheSupernodeIsFull() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            datacenter.startSupernode(new Uploads.Limits(4, 64, 400_000));
            List<SwarmExchange> nodes = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                nodes.add(datacenter.startNode());
            }
            Digest[] blobs = new Digest[20];
            for (int i = 0; i < blobs.length; i++) {
                blobs[i] = datacenter.publish(random(20_000, 100 + i));
            }

            Datacenter.pullEverywhere(nodes, blobs);

            assertThat(datacenter.supernode.statistics().toNodes()).isLessThan(3 * 20 * 20_000);
            assertThat(nodes.stream().mapToLong(node -> node.statistics().fromPeers()).sum())
                    .isGreaterThan(3 * 20 * 20_000);
        }
    }

    @Test
    void aSmallRangeIsReadWithoutTheRest() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            datacenter.startSupernode();
            SwarmExchange node = datacenter.startNode();
            byte[] content = random(30_000_000, 4);
            Digest digest = datacenter.publish(content);
            ByteRange range = new ByteRange(17_000_001, 70_000);

            try (BlobSlice slice =
                    node.read(digest, range, Datacenter.SOURCE, Priority.ON_DEMAND, Datacenter.DEADLINE)) {
                assertThat(slice.bytes())
                        .isEqualTo(Arrays.copyOfRange(content, (int) range.offset(), (int) range.end()));
            }

            assertThat(node.statistics().fromSupernode()).isLessThanOrEqualTo(2 * 262_144);
        }
    }

    @Test
    void whatUpstreamRefusesIsRefusedWithItsStatus() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            datacenter.startSupernode();
            SwarmExchange node = datacenter.startNode();
            Digest missing = Digest.of(new byte[] {1});

            assertThatThrownBy(() -> node.describe(missing, Datacenter.SOURCE, Datacenter.DEADLINE))
                    .isInstanceOfSatisfying(BlobRefusedException.class,
                            refused -> assertThat(refused.refusal().status()).isEqualTo(404));
            assertThatThrownBy(() -> node.describe(missing, Optional.empty(), Datacenter.DEADLINE))
                    .isInstanceOf(BlobUnavailableException.class);
        }
    }

    @Test
    void aNodeWithoutASupernodeReadsUpstream() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            SwarmExchange node = datacenter.startNode();
            Digest digest = datacenter.publish(random(9_000_000, 5));

            Datacenter.pullEverywhere(List.of(node), digest);

            assertThat(datacenter.served(digest)).isEqualTo(9_000_000);
            Datacenter.await(() -> datacenter.store(node).find(digest).orElseThrow().isVerified());
        }
    }

    @Test
    void aPullGoesOnWhenTheSupernodeDies() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            datacenter.startSupernode(new Uploads.Limits(4, 64, 10_000_000));
            List<SwarmExchange> nodes = List.of(datacenter.startNode(), datacenter.startNode());
            Digest digest = datacenter.publish(random(30_000_000, 6));
            try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<?> pulls = executor.submit(() -> {
                    Datacenter.pullEverywhere(nodes, digest);
                    return null;
                });
                awaitBytes(nodes.getFirst(), 3_000_000);

                datacenter.stopSupernode();

                pulls.get(60, TimeUnit.SECONDS);
            }
            assertThat(nodes.getFirst().statistics().fromUpstream() + nodes.getLast().statistics().fromUpstream())
                    .isPositive();
        }
    }

    @Test
    void aSupernodeThatComesBackReadsUpstreamOnlyWhatItLacks() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            datacenter.startSupernode(new Uploads.Limits(4, 64, 10_000_000));
            SwarmConfig patient = new SwarmConfig(
                    SwarmConfig.DEFAULT.downloads(), SwarmConfig.DEFAULT.uploads(), 2, java.time.Duration.ofSeconds(60),
                    SwarmConfig.DEFAULT.stall(), SwarmConfig.DEFAULT.choiceBytes());
            List<SwarmExchange> nodes = List.of(datacenter.startNode(patient), datacenter.startNode(patient));
            Digest digest = datacenter.publish(random(30_000_000, 7));
            try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<?> pulls = executor.submit(() -> {
                    Datacenter.pullEverywhere(nodes, digest);
                    return null;
                });
                awaitBytes(nodes.getFirst(), 3_000_000);
                SupernodeExchange first = datacenter.supernode;

                datacenter.stopSupernode();
                SupernodeExchange second = datacenter.startSupernode();

                pulls.get(60, TimeUnit.SECONDS);
                assertThat(first.ingest().statistics().bytes() + second.ingest().statistics().bytes())
                        .as("bytes that both read").isLessThanOrEqualTo(30_000_000);
            }
            // What the registry had written to its socket when the first one closed it is lost on the way.
            long inSockets = 8L << 20;
            assertThat(datacenter.served(digest)).isLessThanOrEqualTo(30_000_000 + inSockets);
        }
    }

    @Test
    void aNodeThatComesBackGoesOnWithWhatItHas() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            datacenter.startSupernode(new Uploads.Limits(4, 64, 10_000_000));
            SwarmExchange node = datacenter.startNode(SwarmConfig.DEFAULT, "restarted");
            Digest digest = datacenter.publish(random(20_000_000, 8));
            Thread.ofVirtual().start(() -> {
                try {
                    Datacenter.pull(node, digest);
                } catch (Exception e) {
                    // The node is stopped below, which ends this pull with an error by design.
                    assertThat(e).isInstanceOf(BlobUnavailableException.class);
                }
            });
            awaitBytes(node, 5_000_000);
            datacenter.stopNode(node);

            SwarmExchange again = datacenter.startNode(SwarmConfig.DEFAULT, "restarted");
            Datacenter.pullEverywhere(List.of(again), digest);

            assertThat(again.statistics().fromSupernode()).isLessThanOrEqualTo(15_100_000);
        }
    }

    @Test
    void aBlobWithOtherBytesThanItsDigestNamesIsNeverComplete() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            datacenter.startSupernode();
            SwarmExchange node = datacenter.startNode();
            Digest wrong = datacenter.publish(random(3_000_000, 9), Digest.of(new byte[] {9}));

            assertThatThrownBy(() -> Datacenter.pull(node, wrong)).isInstanceOf(BlobUnavailableException.class);

            // A question that was on its way when the read failed begins another one, which fails too.
            Datacenter.await(() -> datacenter.supernodeStore.find(wrong).isEmpty());
        }
    }

    @Test
    void aNewNodeGetsACachedBlobWhileUpstreamIsDown() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            datacenter.startSupernode();
            SwarmExchange first = datacenter.startNode();
            Digest digest = datacenter.publish(random(5_000_000, 10));
            Datacenter.pullEverywhere(List.of(first), digest);

            datacenter.upstreamDown(true);
            SwarmExchange second = datacenter.startNode();
            Datacenter.pullEverywhere(List.of(second), digest);

            assertThat(datacenter.served(digest)).isEqualTo(5_000_000);
        }
    }

    private static void awaitBytes(SwarmExchange node, long bytes) throws InterruptedException {
        Datacenter.await(() -> node.statistics().fromSupernode() + node.statistics().fromPeers() >= bytes);
    }
}
