package io.lighterage.blockdev.prefetch;

import io.lighterage.peer.content.Digest;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The chunks of an image's data that were read after a start, each once, in the order of their first reads.
 *
 * @param whole whether it begins with the first read of a mount, so that what is not in it was not needed. One that was
 *     recorded later lacks what the kernel had in its memory by then.
 * @param entries the chunks, at most {@link #MOST_ENTRIES}, no two the same, and none earlier than the one before it
 */
public record Trace(boolean whole, List<Entry> entries) {
    /** Greatest number of chunks in a trace: 512 MiB in chunks of 64 KiB. */
    public static final int MOST_ENTRIES = 8192;

    /** How long after its begin a trace ends at the latest. */
    public static final Duration LONGEST = Duration.ofSeconds(30);

    /**
     * A chunk and when it was read.
     *
     * @param blob a data blob of the image
     * @param chunk its index in the blob
     * @param millis milliseconds after the trace began, 0 to {@link #LONGEST}
     */
    public record Entry(Digest blob, int chunk, int millis) {
        public Entry {
            if (chunk < 0 || millis < 0 || millis > LONGEST.toMillis()) {
                throw new IllegalArgumentException("no trace has chunk " + chunk + " of " + blob + " after " + millis
                        + " ms");
            }
        }
    }

    /** A chunk of a blob. */
    private record Place(Digest blob, int chunk) {}

    public Trace {
        entries = List.copyOf(entries);
        if (entries.size() > MOST_ENTRIES) {
            throw new IllegalArgumentException(
                    "a trace has at most " + MOST_ENTRIES + " entries, not " + entries.size());
        }
        Set<Place> places = HashSet.newHashSet(entries.size());
        int millis = 0;
        for (Entry entry : entries) {
            if (!places.add(new Place(entry.blob, entry.chunk))) {
                throw new IllegalArgumentException("chunk " + entry.chunk + " of " + entry.blob
                        + " is in a trace twice");
            }
            if (entry.millis < millis) {
                throw new IllegalArgumentException("chunk " + entry.chunk + " of " + entry.blob
                        + " stands in a trace behind one that was read later");
            }
            millis = entry.millis;
        }
    }
}
