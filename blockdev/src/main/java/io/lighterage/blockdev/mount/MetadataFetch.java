package io.lighterage.blockdev.mount;

import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.exchange.BlobSlice;
import io.lighterage.peer.exchange.BlobStream;
import io.lighterage.peer.exchange.Exchange;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/** Fetches the metadata of an image whole, before it is mounted: {@code ls} and {@code stat} never wait. */
final class MetadataFetch {
    private static final int WINDOW = 256 << 10;
    private static final int STEP = 4 << 20;

    private MetadataFetch() {}

    /**
     * Returns when all of them are here.
     *
     * @param progress is told what has come, on the calling thread
     * @throws ImageUnavailableException if they cannot be had, or none of them comes for as long as {@code waits} says
     */
    static void run(
            Exchange exchange, KnownImages.Known wanted, LazyConfig waits, Consumer<MountProgress> progress)
            throws ImageUnavailableException, InterruptedException {
        DeviceMap.Extent metadata = wanted.map().metadata();
        Deque<BlobStream> windows = new ArrayDeque<>();
        long done = 0;
        try {
            exchange.trust(metadata.blob(), metadata.table(), wanted.source(), waits.metadataDeadline());
            // In parts: of a blob that is wanted whole, a node waits for what others may get, and somebody waits for this.
            for (long at = 0; at < metadata.length(); at += WINDOW) {
                ByteRange range = new ByteRange(metadata.blobOffset() + at, Math.min(WINDOW, metadata.length() - at));
                windows.add(exchange.stream(metadata.blob().digest(), range, wanted.source(), Priority.PREFETCH));
            }
            while (!windows.isEmpty()) {
                while (windows.getFirst().next(STEP, waits.metadataDeadline()) instanceof BlobSlice slice) {
                    done += slice.range().length();
                    slice.close();
                    progress.accept(new MountProgress(MountProgress.Step.METADATA, done, metadata.length()));
                }
                windows.remove().close();
            }
        } catch (IOException e) {
            throw new ImageUnavailableException(wanted.name(), e);
        } finally {
            windows.forEach(BlobStream::close);
        }
    }
}
