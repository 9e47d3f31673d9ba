package io.lighterage.blockdev.prefetch;

import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMap.Extent;
import io.lighterage.peer.content.Digest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The chunks of a device's data, numbered through in the order of the device. The metadata have no number: they are
 * here before anything is read.
 */
final class DeviceChunks {
    private final DeviceMap map;

    /** Number of the first chunk of each extent; the metadata's is 0. One more at the end: how many there are. */
    private final int[] first;

    private final Map<Digest, Integer> extents = new HashMap<>();

    DeviceChunks(DeviceMap map) {
        this.map = map;
        List<Extent> all = map.extents();
        this.first = new int[all.size() + 1];
        for (int i = 1; i < all.size(); i++) {
            first[i + 1] = Math.addExact(first[i], lastOf(all.get(i)) - firstOf(all.get(i)) + 1);
            extents.putIfAbsent(all.get(i).blob().digest(), i);
        }
    }

    private static int firstOf(Extent extent) {
        return extent.blob().chunkAt(extent.blobOffset());
    }

    private static int lastOf(Extent extent) {
        return extent.blob().chunkAt(extent.blobOffset() + extent.length() - 1);
    }

    /** How many there are. */
    int count() {
        return first[first.length - 1];
    }

    /** The number of the chunk that holds the byte at {@code offset} of the device; -1 in the metadata. */
    int at(long offset) {
        int index = map.extentAt(offset);
        if (index == 0) {
            return -1;
        }
        Extent extent = map.extents().get(index);
        long inBlob = extent.blobOffset() + offset - extent.deviceOffset();
        return first[index] + extent.blob().chunkAt(inBlob) - firstOf(extent);
    }

    /** The extent in which chunk {@code number} lies. */
    Extent extentOf(int number) {
        return map.extents().get(indexOf(number));
    }

    private int indexOf(int number) {
        int low = 1;
        int high = first.length - 2;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (first[middle] <= number) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** The index of chunk {@code number} in its blob. */
    int indexInBlob(int number) {
        int index = indexOf(number);
        return number - first[index] + firstOf(map.extents().get(index));
    }

    /** Whether {@code chunk} of {@code blob} is of this device's data. */
    boolean contains(Digest blob, int chunk) {
        Integer index = extents.get(blob);
        return index != null
                && chunk >= firstOf(map.extents().get(index))
                && chunk <= lastOf(map.extents().get(index));
    }
}
