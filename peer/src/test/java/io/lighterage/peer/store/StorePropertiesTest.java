package io.lighterage.peer.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;

/** Whatever is done to a store in whatever order, it holds what a model of sets holds. */
class StorePropertiesTest {
    private static final List<Contents> BLOBS = List.of(
            Contents.random(1, 3 * BlobInfo.SMALLEST_CHUNK),
            Contents.random(2, 2 * BlobInfo.SMALLEST_CHUNK + 1),
            Contents.random(3, 5));

    private enum Kind {
        LEARN,
        WRITE,
        WRITE_WRONG,
        INGEST,
        DELETE,
        REOPEN,
        FLUSH
    }

    private record Step(Kind kind, int blob, int chunk) {}

    private record Model(ChunkSet known, ChunkSet present) {
        Model(Contents contents) {
            this(new ChunkSet(contents.info().chunkCount()), new ChunkSet(contents.info().chunkCount()));
            if (contents.info().chunkCount() == 1) {
                known.add(0);
            }
        }
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Kind> kinds = Arbitraries.frequency(
                Tuple.of(5, Kind.LEARN),
                Tuple.of(8, Kind.WRITE),
                Tuple.of(2, Kind.WRITE_WRONG),
                Tuple.of(5, Kind.INGEST),
                Tuple.of(1, Kind.DELETE),
                Tuple.of(2, Kind.REOPEN),
                Tuple.of(1, Kind.FLUSH));
        return Combinators.combine(kinds, Arbitraries.integers().between(0, 2), Arbitraries.integers().between(0, 2))
                .as(Step::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(30);
    }

    @Property(tries = 40, shrinking = ShrinkingMode.BOUNDED)
    void theStoreHoldsWhatTheModelHolds(@ForAll("steps") List<Step> steps) throws Exception {
        Path directory = Files.createTempDirectory("store");
        BlobStore store = BlobStore.open(directory);
        try {
            Map<Digest, Model> model = new HashMap<>();
            for (Step step : steps) {
                if (step.kind() == Kind.REOPEN) {
                    store.close();
                    store = BlobStore.open(directory);
                } else {
                    apply(step, store, model);
                }
                compare(store, model);
            }
        } finally {
            store.close();
            removeAll(directory);
        }
    }

    private static void apply(Step step, BlobStore store, Map<Digest, Model> model) throws Exception {
        Contents contents = BLOBS.get(step.blob());
        if (step.kind() == Kind.DELETE) {
            store.delete(contents.digest());
            model.remove(contents.digest());
            return;
        }
        if (step.kind() == Kind.FLUSH) {
            store.flush();
            return;
        }
        int index = step.chunk() % contents.info().chunkCount();
        StoredBlob blob = store.create(contents.info());
        Model expected = model.computeIfAbsent(contents.digest(), d -> new Model(contents));
        if (step.kind() == Kind.LEARN) {
            blob.learn(index, contents.hashes(index, contents.info().chunkCount() - index));
            for (int i = index; i < contents.info().chunkCount(); i++) {
                expected.known().add(i);
            }
        } else if (step.kind() == Kind.INGEST) {
            blob.ingest(index, contents.buffer(index));
            expected.known().add(index);
            expected.present().add(index);
        } else if (step.kind() == Kind.WRITE && expected.known().contains(index)) {
            blob.write(index, contents.buffer(index));
            expected.present().add(index);
        } else if (!expected.present().contains(index)) {
            byte[] wrong = contents.chunk(index);
            wrong[wrong.length / 2] ^= 1;
            assertThatThrownBy(() -> blob.write(index, ByteBuffer.wrap(wrong)))
                    .isInstanceOf(WrongChunkException.class);
        }
    }

    private static void compare(BlobStore store, Map<Digest, Model> model) throws Exception {
        assertThat(store.digests()).containsExactlyInAnyOrderElementsOf(model.keySet());
        long present = 0;
        long total = 0;
        long complete = 0;
        for (Contents contents : BLOBS) {
            Model expected = model.get(contents.digest());
            if (expected == null) {
                assertThat(store.find(contents.digest())).isEmpty();
                continue;
            }
            StoredBlob blob = store.find(contents.digest()).orElseThrow();
            assertThat(blob.table().known()).isEqualTo(expected.known());
            assertThat(blob.present()).isEqualTo(expected.present());
            assertThat(blob.isComplete()).isEqualTo(expected.present().isFull());
            for (int i = expected.present().nextPresent(0); i >= 0; i = expected.present().nextPresent(i + 1)) {
                assertThat(Contents.readChunk(blob, i)).isEqualTo(contents.chunk(i));
                present += contents.info().lengthOf(i);
            }
            total += contents.info().length();
            complete += expected.present().isFull() ? 1 : 0;
        }
        assertThat(store.statistics()).isEqualTo(new StoreStatistics(model.size(), complete, present, total));
    }

    private static void removeAll(Path directory) throws IOException {
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.delete(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
