package io.lighterage.blockdev.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.store.BlobStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a snapshotter keeps in the node's store is there when the store is opened again. */
class RecordsTest {
    private static final Repository REPOSITORY = new Repository("registry.test", "team/app");
    private static final Digest LAYER = Digest.of(new byte[] {1});

    @TempDir
    private Path directory;

    @Test
    void recordsComeBackWithTheirChildrenAndTheNextId() throws Exception {
        Instant now = Instant.parse("2026-01-02T03:04:05.678901234Z");
        SnapshotInfo base =
                new SnapshotInfo("base", "", SnapshotInfo.Kind.COMMITTED, now, now, Map.of("a", "b", "c", ""));
        SnapshotInfo child = new SnapshotInfo("ns/1/child", "base", SnapshotInfo.Kind.ACTIVE, now, now, Map.of());
        SnapshotRecord first = new SnapshotRecord(1, base, new SnapshotUsage(3, 4), Optional.of(LAYER));
        SnapshotRecord second = new SnapshotRecord(2, child, SnapshotUsage.NONE, Optional.empty());
        try (BlobStore store = BlobStore.open(directory)) {
            SnapshotRecords records = SnapshotRecords.load(store.table("snapshots"));
            records.add(first);
            records.add(second);
            store.table("snapshots-of-others").put("s/other", new byte[] {1});
        }
        try (BlobStore store = BlobStore.open(directory)) {
            SnapshotRecords records = SnapshotRecords.load(store.table("snapshots"));
            assertThat(records.all()).containsExactly(first, second);
            assertThat(records.get("base").info().labels()).isEqualTo(Map.of("a", "b"));
            assertThat(records.hasChildren("base")).isTrue();
            assertThat(records.nextId()).isEqualTo(3);
            assertThat(records.chain("ns/1/child")).containsExactly(second, first);
            records.remove(second);
            assertThat(records.hasChildren("base")).isFalse();
        }
        try (BlobStore store = BlobStore.open(directory)) {
            assertThat(SnapshotRecords.load(store.table("snapshots")).all()).containsExactly(first);
            store.table("snapshots").put("s/odd", "{}".getBytes(StandardCharsets.UTF_8));
            assertThatThrownBy(() -> SnapshotRecords.load(store.table("snapshots")))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("odd");
        }
    }

    @Test
    void aPulledImageIsFoundByItsChainsOnceItsConfigIsHereAndKeptAsLongAsItIsNeeded() throws Exception {
        Digest lower = Digest.of(new byte[] {2});
        Digest upper = Digest.of(new byte[] {3});
        byte[] config = ("{\"rootfs\":{\"diff_ids\":[\"" + lower + "\",\"" + upper + "\"]}}")
                .getBytes(StandardCharsets.UTF_8);
        byte[] manifest = ("{\"config\":{\"digest\":\"" + Digest.of(config) + "\"},\"layers\":[{\"digest\":\"" + LAYER
                        + "\",\"mediaType\":\"x\"},{\"digest\":\"" + LAYER + "\"}]}")
                .getBytes(StandardCharsets.UTF_8);
        Digest digest = Digest.of(manifest);
        // OCI image specification, config.md: sha256(ChainID(lower) + " " + DiffID(upper)).
        Digest top = Digest.of((lower + " " + upper).getBytes(StandardCharsets.US_ASCII));
        try (BlobStore store = BlobStore.open(directory)) {
            PulledImages images = PulledImages.open(store);
            images.served(REPOSITORY, "Basic eA==", digest, manifest);
            assertThat(images.having(top)).isEmpty();
            store.put(config);
            assertThat(images.having(lower)).hasSize(1);
            PulledImage image = images.having(top).getFirst();
            assertThat(image.chains()).containsExactly(lower, top);
            assertThat(image.reference()).hasToString("registry.test/team/app@" + digest);
            assertThat(images.authorization(REPOSITORY)).as("for another mount than a snapshot's").isEmpty();
            images.lending(REPOSITORY, () -> {
                assertThat(images.authorization(REPOSITORY)).contains("Basic eA==");
                assertThat(images.authorization(new Repository("registry.test", "other"))).isEmpty();
            });
            assertThat(images.oldAuthorization(REPOSITORY)).as("opened").isEmpty();
            images.served(REPOSITORY, "", Digest.of(config), config);
            images.served(REPOSITORY, "", LAYER, new byte[] {'{'});
            assertThat(images.having(LAYER)).isEmpty();
            images.keep(image);
            assertThat(images.authorization(REPOSITORY)).as("for snapshots that stand").contains("Basic eA==");
        }
        try (BlobStore store = BlobStore.open(directory)) {
            PulledImages images = PulledImages.open(store);
            assertThat(images.having(top)).hasSize(1);
            assertThat(images.authorization(REPOSITORY)).isEmpty();
            images.retain(Set.of(lower));
            assertThat(images.having(top)).hasSize(1);
            images.retain(Set.of());
            assertThat(images.having(top)).isEmpty();
            assertThat(PulledImages.open(store).having(top)).isEmpty();
        }
    }
}
