package io.lighterage.blockdev.prefetch;

import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMap.Extent;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Devices and traces to test with. */
final class Traces {
    static final int CHUNK = BlobInfo.SMALLEST_CHUNK;
    static final Digest LOW = digest("low");
    static final Digest HIGH = digest("high");

    private Traces() {}

    static Digest digest(String name) {
        return Digest.of(name.getBytes(StandardCharsets.UTF_8));
    }

    /** A device of one chunk of metadata and 8 MiB of each blob. */
    static DeviceMap device(String name, Digest... blobs) {
        List<Extent> extents = new ArrayList<>();
        extents.add(new Extent(0, CHUNK, new BlobInfo(digest(name), CHUNK, CHUNK), 0, LOW));
        long at = CHUNK;
        for (Digest blob : blobs) {
            extents.add(new Extent(at, 8 << 20, new BlobInfo(blob, 8 << 20, CHUNK), 0, LOW));
            at += 8 << 20;
        }
        return new DeviceMap(digest("image " + name), at, extents);
    }

    /** A whole trace of chunks of one blob, one a millisecond. */
    static Trace of(Digest blob, int... chunks) {
        return of(true, blob, chunks);
    }

    static Trace of(boolean whole, Digest blob, int... chunks) {
        List<Trace.Entry> entries = new ArrayList<>();
        for (int chunk : chunks) {
            entries.add(new Trace.Entry(blob, chunk, entries.size()));
        }
        return new Trace(whole, entries);
    }

    static List<Integer> chunks(Trace trace) {
        return trace.entries().stream().map(Trace.Entry::chunk).toList();
    }
}
