package io.lighterage.blockdev.snapshotter;

import java.time.Instant;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What containerd may know of a snapshot.
 *
 * @param name key of an active snapshot or view, name of a committed one
 * @param parent upon which it stands, or empty
 * @param created when it was made or committed
 * @param updated when its labels were last changed
 * @param labels by name, never empty ones
 */
record SnapshotInfo(
        String name, String parent, Kind kind, Instant created, Instant updated, Map<String, String> labels) {
    /** What a snapshot is, in the order of containerd's numbers, which begin with 1. */
    enum Kind {
        VIEW,
        ACTIVE,
        COMMITTED;

        /** As filters name it. */
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    SnapshotInfo {
        Map<String, String> kept = new TreeMap<>(labels);
        kept.values().removeIf(String::isEmpty);
        labels = Collections.unmodifiableMap(kept);
    }

    /** The same with other labels. */
    SnapshotInfo withLabels(Map<String, String> fresh, Instant now) {
        return new SnapshotInfo(name, parent, kind, created, now, fresh);
    }

    /** The chainID that it was made for, if anybody said so. */
    Optional<String> reference() {
        return Optional.ofNullable(labels.get(Snapshotter.REFERENCE));
    }
}
