package io.lighterage.blockdev.snapshotter;

/**
 * What a snapshot takes.
 *
 * @param bytes of disk blocks
 * @param inodes number of files
 */
record SnapshotUsage(long bytes, long inodes) {
    static final SnapshotUsage NONE = new SnapshotUsage(0, 0);
}
