package io.lighterage.blockdev.prefetch;

import io.lighterage.blockdev.image.DeviceMap.Extent;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A trace that is being recorded; it begins with the first read. The lock of this object guards it. */
final class Recording {
    /** So long without a chunk that is new, a start is over. */
    private static final long QUIET_NS = TimeUnit.SECONDS.toNanos(5);

    private static final long LONGEST_NS = Trace.LONGEST.toNanos();

    private final DeviceChunks chunks;
    private final boolean whole;
    private final BitSet seen = new BitSet();
    private final List<Trace.Entry> entries = new ArrayList<>();
    private long beganNs;
    private long lastNs;

    Recording(DeviceChunks chunks, boolean whole) {
        this.chunks = chunks;
        this.whole = whole;
    }

    /** Chunks {@code first} to {@code last} are read. */
    synchronized void read(int first, int last, long nowNs) {
        if (isOver(nowNs)) {
            return;
        }
        for (int number = first; number <= last && entries.size() < Trace.MOST_ENTRIES; number++) {
            if (!seen.get(number)) {
                seen.set(number);
                add(number, nowNs);
            }
        }
    }

    private void add(int number, long nowNs) {
        if (entries.isEmpty()) {
            beganNs = nowNs;
            lastNs = nowNs;
        }
        // Threads may come here in another order than they looked at the clock.
        lastNs = Math.max(lastNs, nowNs);
        Extent extent = chunks.extentOf(number);
        int millis = (int) TimeUnit.NANOSECONDS.toMillis(Math.min(LONGEST_NS, lastNs - beganNs));
        entries.add(new Trace.Entry(extent.blob().digest(), chunks.indexInBlob(number), millis));
    }

    /** Whether nothing is added any more. */
    synchronized boolean isOver(long nowNs) {
        return !entries.isEmpty()
                && (entries.size() == Trace.MOST_ENTRIES
                        || nowNs - beganNs > LONGEST_NS
                        || nowNs - lastNs > QUIET_NS);
    }

    /** What was recorded until now. */
    synchronized Trace trace() {
        return new Trace(whole, entries);
    }
}
