package io.lighterage.blockdev.mount;

import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.store.BlobReader;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoreException;
import io.lighterage.peer.store.StoredBlob;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What of a device lies in this host's store. */
final class LocalFiles {
    private LocalFiles() {}

    /** Bytes of the device that are here, at the granularity of chunks. */
    static long bytes(DeviceMap map, BlobStore store) {
        return map.extents().stream().mapToLong(extent -> bytes(extent, store)).sum();
    }

    private static long bytes(DeviceMap.Extent extent, BlobStore store) {
        Optional<StoredBlob> blob = store.find(extent.blob().digest());
        if (blob.isEmpty()) {
            return 0;
        }
        if (blob.get().isComplete()) {
            return extent.length();
        }
        BlobInfo info = blob.get().info();
        long end = extent.blobOffset() + extent.length();
        long bytes = 0;
        var present = blob.get().present();
        for (int index = present.nextPresent(info.chunkAt(extent.blobOffset()));
                index >= 0 && info.offsetOf(index) < end;
                index = present.nextPresent(index + 1)) {
            long first = Math.max(extent.blobOffset(), info.offsetOf(index));
            bytes += Math.min(end, info.offsetOf(index) + info.lengthOf(index)) - first;
        }
        return bytes;
    }

    /**
     * The files of all extents in order, if every byte of the device is here and each blob's table is the one that the
     * map names.
     */
    static Optional<List<Path>> all(DeviceMap map, BlobStore store) throws StoreException {
        List<Path> files = new ArrayList<>();
        for (DeviceMap.Extent extent : map.extents()) {
            Optional<StoredBlob> blob = store.find(extent.blob().digest());
            if (blob.isEmpty()
                    || extent.blobOffset() != 0
                    || bytes(extent, store) < extent.length()
                    || !blob.get().table().isComplete()
                    || !blob.get().table().digest().equals(extent.table())) {
                return Optional.empty();
            }
            try (BlobReader reader = blob.get().open()) {
                files.add(reader.path());
            }
        }
        return Optional.of(files);
    }
}
