package io.lighterage.supernode.tracker;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.exchange.SwarmExchange;
import io.lighterage.peer.exchange.Uploads;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A host that sends wrong bytes, among hosts that do not. */
@Timeout(120)
class BlameTest {
    private static final int LENGTH = 20_000_000;

    @TempDir
    Path directory;

    private static byte[] random(long seed) {
        byte[] bytes = new byte[LENGTH];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @Test
    void wrongBytesAreFetchedElsewhereAndTheirSenderIsBanned() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            datacenter.startSupernode(new Uploads.Limits(4, 64, 20_000_000));
            Digest digest = datacenter.publish(random(1));
            try (LyingPeer liar =
                    new LyingPeer(directory.resolve("liar"), BlobInfo.of(digest, LENGTH), random(2))) {
                liar.boastTo(datacenter.supernode.transport().localAddress());
                Datacenter.await(() -> datacenter.supernode.trackedBlobs() == 1);
                SwarmExchange node = datacenter.startNode();

                assertThat(Datacenter.pull(node, digest)).isEqualTo(digest);

                assertThat(liar.sent()).isPositive();
                assertThat(node.statistics().wrongChunks()).isPositive();
                assertThat(node.statistics().fromPeers()).as("bytes taken from the liar").isZero();
                assertThat(node.statistics().fromSupernode()).isEqualTo(LENGTH);
                Datacenter.await(() -> !liar.closedBecause.isEmpty());

                int before = liar.sent();
                liar.dial(node.transport().localAddress());
                Datacenter.await(
                        () -> liar.closedBecause.stream().anyMatch(why -> why.endsWith("sent wrong bytes before")));
                assertThat(liar.sent()).isEqualTo(before);
            }
        }
    }

    @Test
    void aCrowdWithALiarInItGetsTheRightBytes() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            datacenter.startSupernode(new Uploads.Limits(4, 64, 20_000_000));
            Digest digest = datacenter.publish(random(3));
            try (LyingPeer liar =
                    new LyingPeer(directory.resolve("liar"), BlobInfo.of(digest, LENGTH), random(4))) {
                liar.boastTo(datacenter.supernode.transport().localAddress());
                Datacenter.await(() -> datacenter.supernode.trackedBlobs() == 1);
                List<SwarmExchange> nodes =
                        List.of(datacenter.startNode(), datacenter.startNode(), datacenter.startNode());

                Datacenter.pullEverywhere(nodes, digest);

                assertThat(nodes).allSatisfy(node -> assertThat(node.statistics().wrongChunks()).isPositive());
                assertThat(nodes.stream().mapToLong(node -> node.statistics().fromPeers()).sum())
                        .as("the honest still exchange").isPositive();
                assertThat(datacenter.served(digest)).isEqualTo(LENGTH);
            }
        }
    }
}
