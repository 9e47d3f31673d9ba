package io.lighterage.blockdev.snapshotter;

import java.util.List;

/**
 * A mount that whoever runs a container makes.
 *
 * @param type {@code bind} or a file system of the kernel
 * @param source a path, or a word
 * @param options as in fstab(5)
 */
record SnapshotMount(String type, String source, List<String> options) {
    SnapshotMount {
        options = List.copyOf(options);
    }
}
