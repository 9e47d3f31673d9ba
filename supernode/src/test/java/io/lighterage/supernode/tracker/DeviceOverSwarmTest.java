package io.lighterage.supernode.tracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.blockdev.device.BlockDevice;
import io.lighterage.blockdev.device.DeviceConfig;
import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMap.Extent;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.exchange.SwarmExchange;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoredBlob;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Devices read over real exchanges, of blobs that the supernode has made and no registry knows. */
@Timeout(120)
class DeviceOverSwarmTest {
    private static final int LENGTH = 40 << 20;

    @TempDir
    Path directory;

    private final byte[] content = new byte[LENGTH];

    /** The map of a device of one blob, which is stored whole in {@code store}. */
    private DeviceMap made(BlobStore store) throws Exception {
        new Random(7).nextBytes(content);
        BlobInfo info = BlobInfo.of(Digest.of(content), LENGTH);
        StoredBlob blob = store.create(info);
        for (int i = 0; i < info.chunkCount(); i++) {
            blob.ingest(i, ByteBuffer.wrap(content, (int) info.offsetOf(i), info.lengthOf(i)));
        }
        blob.setVerified();
        return new DeviceMap(
                Digest.of(new byte[] {1}),
                LENGTH,
                List.of(new Extent(0, LENGTH, info, 0, blob.table().digest())));
    }

    private static BlockDevice open(Datacenter datacenter, SwarmExchange node, DeviceMap map) {
        return BlockDevice.open(map, node, datacenter.store(node), Datacenter.SOURCE, DeviceConfig.DEFAULT);
    }

    private void check(BlockDevice device, int offset, int length) throws Exception {
        ByteBuffer target = ByteBuffer.allocate(length);
        device.read(offset, target);
        assertThat(Arrays.equals(target.array(), 0, length, content, offset, offset + length)).isTrue();
    }

    @Test
    void aReadFetchesItsChunkAndNoMore() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            datacenter.startSupernode();
            DeviceMap map = made(datacenter.supernodeStore);
            SwarmExchange node = datacenter.startNode();
            try (BlockDevice device = open(datacenter, node, map)) {
                check(device, 21 << 20, 4096);
                assertThat(node.statistics().fromSupernode()).isEqualTo(BlobInfo.DEFAULT_CHUNK);
                assertThat(device.statistics().demanded()).isEqualTo(BlobInfo.DEFAULT_CHUNK);
                assertThat(device.present(21 << 20, 4096)).isNotNull();
                for (int at = 0; at < LENGTH; at += 1 << 20) {
                    check(device, at, 1 << 20);
                }
                assertThat(device.statistics().local()).isEqualTo(LENGTH);
            }
        }
    }

    @Test
    void withoutASupernodeATableFromANodeIsTrustedByTheMap() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            datacenter.startSupernode();
            DeviceMap map = made(datacenter.supernodeStore);
            SwarmExchange first = datacenter.startNode();
            SwarmExchange second = datacenter.startNode();
            // The two come to know each other by another blob.
            byte[] other = new byte[8 << 20];
            new Random(8).nextBytes(other);
            Digest digest = datacenter.publish(other);
            Datacenter.pull(first, digest);
            Datacenter.pull(second, digest);
            try (BlockDevice device = open(datacenter, first, map)) {
                check(device, 0, LENGTH);
            }
            datacenter.stopSupernode();
            try (BlockDevice device = open(datacenter, second, map)) {
                check(device, 5 << 20, 100_000);
                StoredBlob stored = datacenter.store(second).find(map.metadata().blob().digest()).orElseThrow();
                assertThat(stored.isVerified()).isTrue();
                assertThat(stored.isComplete()).isFalse();
            }
        }
    }

    @Test
    void aTableThatTheMapDoesNotNameIsWithdrawn() throws Exception {
        try (Datacenter datacenter = new Datacenter(directory)) {
            datacenter.startSupernode();
            DeviceMap map = made(datacenter.supernodeStore);
            Extent extent = map.metadata();
            DeviceMap another = new DeviceMap(map.image(), LENGTH,
                    List.of(new Extent(0, LENGTH, extent.blob(), 0, Digest.of(new byte[] {2}))));
            SwarmExchange node = datacenter.startNode();
            BlobInfo blob = extent.blob();
            assertThatThrownBy(
                            () -> node.trust(blob, another.metadata().table(), Datacenter.SOURCE, Datacenter.DEADLINE))
                    .hasMessageContaining("its table is not the one");
            assertThat(datacenter.store(node).find(blob.digest())).isEmpty();
            node.trust(blob, extent.table(), Datacenter.SOURCE, Datacenter.DEADLINE);
            assertThat(datacenter.store(node).find(blob.digest()).orElseThrow().isVerified()).isTrue();
        }
    }
}
