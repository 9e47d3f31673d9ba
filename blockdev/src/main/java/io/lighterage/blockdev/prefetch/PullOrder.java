package io.lighterage.blockdev.prefetch;

import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMap.Extent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * In which order the rest of a device is pulled: what lies around the latest reads and right behind them first, all
 * else in the order of the device. Owned by one thread.
 */
public final class PullOrder {
    /**
     * A part of the device to pull.
     *
     * @param offset of its first byte in the extent
     * @param length in bytes, more than 0
     */
    public record Window(Extent extent, long offset, long length) {}

    private final AccessLog log;
    private final List<Window> left = new ArrayList<>();

    /** @param log tells what was read, now and later */
    public PullOrder(DeviceMap map, AccessLog log) {
        this.log = log;
        for (Extent extent : map.extents()) {
            for (long at = extent.deviceOffset(); at < extent.end(); ) {
                long end = Math.min(extent.end(), (at / AccessLog.REGION + 1) * AccessLog.REGION);
                left.add(new Window(extent, at - extent.deviceOffset(), end - at));
                at = end;
            }
        }
    }

    /** What to pull next; nothing if all was given. */
    public Optional<Window> next() {
        int best = 0;
        long bestTouch = 0;
        for (int i = 0; i < left.size(); i++) {
            long touch = touch(left.get(i));
            if (touch > bestTouch) {
                best = i;
                bestTouch = touch;
            }
        }
        return left.isEmpty() ? Optional.empty() : Optional.of(left.remove(best));
    }

    /** When it was touched, doubled; just less for what lies behind something that was touched. */
    private long touch(Window window) {
        int region = (int) ((window.extent.deviceOffset() + window.offset) / AccessLog.REGION);
        long before = window.offset == 0 ? 0 : 2 * log.touched(region - 1) - 1;
        return Math.max(2 * log.touched(region), before);
    }
}
