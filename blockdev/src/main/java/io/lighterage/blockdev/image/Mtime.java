package io.lighterage.blockdev.image;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A time of modification; compact inodes have none of their own but the superblock's. */
record Mtime(long seconds, int nanos) implements Comparable<Mtime> {
    private static final Comparator<Mtime> ORDER =
            Comparator.comparingLong(Mtime::seconds).thenComparingInt(Mtime::nanos);

    static Mtime of(Inode inode) {
        return new Mtime(inode.attributes().mtimeSeconds(), inode.attributes().mtimeNanos());
    }

    /**
     * The time that most of the inodes have, the earliest of several: with it in the superblock, most can be compact.
     */
    static Mtime commonest(List<PlannedInode> inodes) {
        Map<Mtime, Integer> counts = new HashMap<>();
        inodes.forEach(planned -> counts.merge(of(planned.inode), 1, Integer::sum));
        return counts.entrySet().stream()
                .max(Map.Entry.<Mtime, Integer>comparingByValue()
                        .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                .orElseThrow()
                .getKey();
    }

    @Override
    public int compareTo(Mtime other) {
        return ORDER.compare(this, other);
    }
}
