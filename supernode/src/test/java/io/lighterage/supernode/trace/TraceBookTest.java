package io.lighterage.supernode.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMap.Extent;
import io.lighterage.blockdev.prefetch.InvalidTraceException;
import io.lighterage.blockdev.prefetch.Trace;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.store.BlobStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TraceBookTest {
    private static final int CHUNK = BlobInfo.SMALLEST_CHUNK;
    private static final Repository TEAM = new Repository("registry.test", "team/app");
    private static final Repository OTHERS = new Repository("registry.test", "others/app");

    @TempDir
    Path directory;

    private static Digest digest(String name) {
        return Digest.of(name.getBytes(StandardCharsets.UTF_8));
    }

    private static DeviceMap device(String image, String... blobs) {
        List<Extent> extents = new ArrayList<>();
        extents.add(new Extent(0, CHUNK, new BlobInfo(digest(image + " tree"), CHUNK, CHUNK), 0, digest("table")));
        for (String blob : blobs) {
            extents.add(new Extent(
                    (1 + 4L * (extents.size() - 1)) * CHUNK,
                    4 * CHUNK,
                    new BlobInfo(digest(blob), 4 * CHUNK, CHUNK),
                    0,
                    digest("table")));
        }
        return new DeviceMap(digest(image), (1 + 4L * blobs.length) * CHUNK, extents);
    }

    private static Trace trace(String blob, int chunk) {
        return new Trace(true, List.of(new Trace.Entry(digest(blob), chunk, 0)));
    }

    @Test
    void whatWasLearnedIsToldAfterARestart() throws Exception {
        DeviceMap app = device("app", "base", "top");
        try (BlobStore store = BlobStore.open(directory)) {
            TraceBook book = new TraceBook(store.table("traces"));
            assertThat(book.find(app, TEAM, any -> false)).isEmpty();
            book.learn(app, TEAM, trace("base", 2));
        }
        try (BlobStore store = BlobStore.open(directory)) {
            TraceBook book = new TraceBook(store.table("traces"));

            assertThat(book.find(app, TEAM, any -> false)).isEqualTo(Optional.of(trace("base", 2)));
            assertThat(book.statistics()).isEqualTo(new TraceStatistics(0, 0, 1, 0, 0));
        }
    }

    @Test
    void aTraceFollowsTheDataToTheNextTagAndToRepositoriesOfOthersOnlyIfItsOwnIsOpen() throws Exception {
        try (BlobStore store = BlobStore.open(directory)) {
            TraceBook book = new TraceBook(store.table("traces"));
            book.learn(device("app", "base", "top"), TEAM, trace("base", 2));
            DeviceMap next = device("next", "base", "new top");

            assertThat(book.find(next, TEAM, any -> false)).isEqualTo(Optional.of(trace("base", 2)));
            assertThat(book.find(next, OTHERS, any -> false)).isEmpty();
            assertThat(book.find(next, OTHERS, TEAM::equals)).isEqualTo(Optional.of(trace("base", 2)));
            assertThat(book.find(device("apart", "else"), TEAM, any -> true)).isEmpty();
            assertThat(book.statistics()).isEqualTo(new TraceStatistics(1, 0, 0, 2, 2));
        }
    }

    @Test
    void aTraceOfWhatTheImageDoesNotHaveIsRefusedAndChangesNothing() throws Exception {
        try (BlobStore store = BlobStore.open(directory)) {
            TraceBook book = new TraceBook(store.table("traces"));
            DeviceMap app = device("app", "base");

            for (Trace bad : List.of(trace("foreign", 0), trace("base", 4), trace("app tree", 0))) {
                assertThatThrownBy(() -> book.learn(app, TEAM, bad))
                        .isInstanceOf(InvalidTraceException.class)
                        .hasMessageContaining(app.image().toString());
            }
            assertThat(book.find(app, TEAM, any -> true)).isEmpty();
        }
    }
}
