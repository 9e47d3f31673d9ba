package io.lighterage.blockdev.snapshotter;

import io.lighterage.peer.store.KeyValueTable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * All snapshots, in memory and in a table, which is written first. Guarded by the lock of {@link OverlaySnapshotter}.
 *
 * <p>In the table a snapshot's key is {@code s/} and its name; the id given out last is under {@code id}.
 */
final class SnapshotRecords {
    private static final String PREFIX = "s/";
    private static final String LAST_ID = "id";

    private final KeyValueTable table;
    private final Map<String, SnapshotRecord> records = new TreeMap<>();

    /** How many snapshots stand upon one, where any do. */
    private final Map<String, Integer> children = new TreeMap<>();

    private long lastId;

    private SnapshotRecords(KeyValueTable table) {
        this.table = table;
    }

    static SnapshotRecords load(KeyValueTable table) throws IOException {
        SnapshotRecords all = new SnapshotRecords(table);
        for (Map.Entry<String, byte[]> entry : table.all().entrySet()) {
            if (entry.getKey().equals(LAST_ID)) {
                all.lastId = ByteBuffer.wrap(entry.getValue()).getLong();
            } else {
                all.put(SnapshotRecord.parse(entry.getKey().substring(PREFIX.length()), entry.getValue()));
            }
        }
        return all;
    }

    private void put(SnapshotRecord record) {
        SnapshotRecord before = records.put(record.info().name(), record);
        if (before != null) {
            count(before.info().parent(), -1);
        }
        count(record.info().parent(), 1);
    }

    private void count(String parent, int more) {
        if (!parent.isEmpty()) {
            children.merge(parent, more, (a, b) -> a + b == 0 ? null : Integer.valueOf(a + b));
        }
    }

    Optional<SnapshotRecord> find(String name) {
        return Optional.ofNullable(records.get(name));
    }

    SnapshotRecord get(String name) throws SnapshotException {
        return find(name).orElseThrow(() -> SnapshotException.missing(name));
    }

    boolean hasChildren(String name) {
        return children.containsKey(name);
    }

    List<SnapshotRecord> all() {
        return List.copyOf(records.values());
    }

    /** The snapshot and all that it stands upon, the uppermost first. */
    List<SnapshotRecord> chain(String name) throws SnapshotException {
        List<SnapshotRecord> chain = new ArrayList<>();
        for (String at = name; !at.isEmpty(); at = chain.getLast().info().parent()) {
            chain.add(get(at));
        }
        return chain;
    }

    /** An id for a new snapshot; it is given out for good by {@link #add}. */
    long nextId() {
        return lastId + 1;
    }

    /** Adds a snapshot with the next id. */
    void add(SnapshotRecord record) throws IOException {
        Map<String, Optional<byte[]>> changes = new LinkedHashMap<>();
        changes.put(LAST_ID, Optional.of(ByteBuffer.allocate(Long.BYTES).putLong(record.id()).array()));
        changes.put(PREFIX + record.info().name(), Optional.of(record.toBytes()));
        table.write(changes);
        lastId = record.id();
        put(record);
    }

    /** Puts {@code record}, which may have another name, in the place of {@code before}. */
    void replace(SnapshotRecord before, SnapshotRecord record) throws IOException {
        Map<String, Optional<byte[]>> changes = new LinkedHashMap<>();
        changes.put(PREFIX + before.info().name(), Optional.empty());
        changes.put(PREFIX + record.info().name(), Optional.of(record.toBytes()));
        table.write(changes);
        drop(before);
        put(record);
    }

    void remove(SnapshotRecord record) throws IOException {
        table.write(Map.of(PREFIX + record.info().name(), Optional.empty()));
        drop(record);
    }

    private void drop(SnapshotRecord record) {
        records.remove(record.info().name());
        count(record.info().parent(), -1);
    }
}
