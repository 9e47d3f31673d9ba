package io.lighterage.peer.wire;

import io.lighterage.peer.content.Digest;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Decides chunk by chunk whether packing is worth it. One for all connections of a transport, so that what one has
 * learned of a blob spares the others the attempt. Safe for use by several threads.
 *
 * <p>It is worth it where the link is slower than the processor and the blob's recent chunks became at least a tenth
 * smaller. Of a blob that does not pack, one chunk in {@link #PROBE_EVERY} is tried, and ever fewer as long as
 * none does: most layers are compressed already.
 */
final class CompressionChoice {
    /** Greatest part of a chunk that it may keep to count as packed. */
    static final double WORTH = 0.9;

    /** One chunk in so many is tried of a blob that does not pack, at first: it may be one of many that do. */
    static final int PROBE_EVERY = 2;

    private static final int PROBE_AT_LEAST_EVERY = 1024;

    private static final int REMEMBERED_BLOBS = 1024;

    private final Map<Digest, Pause> pauses = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, Pause> eldest) {
            return size() > REMEMBERED_BLOBS;
        }
    };

    /**
     * Whether to try the next chunk of {@code blob}.
     *
     * @param rate what the link does, in bytes a second, 0 while unknown: then it counts as slow, for the first MiB
     *     goes out packed at little cost where it is fast
     * @param slowerThan bytes a second below which a link counts as slow; 0 never packs
     */
    synchronized boolean tryNext(Digest blob, long rate, long slowerThan) {
        if (rate >= slowerThan) {
            return false;
        }
        Pause pause = pauses.get(blob);
        if (pause == null || pause.left == 0) {
            return true;
        }
        pauses.put(blob, new Pause(pause.left - 1, pause.length));
        return false;
    }

    /** Learns what became of a chunk of {@code blob} that was tried. */
    synchronized void tried(Digest blob, boolean worthIt) {
        if (worthIt) {
            pauses.remove(blob);
        } else {
            Pause last = pauses.get(blob);
            int length = last == null ? PROBE_EVERY : Math.min(2 * last.length, PROBE_AT_LEAST_EVERY);
            pauses.put(blob, new Pause(length - 1, length));
        }
    }

    /** How many more chunks of a blob go plain before one is tried, out of how many. */
    private record Pause(int left, int length) {}
}
