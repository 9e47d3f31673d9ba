package io.lighterage.peer.store;

import io.lighterage.peer.store.Database.Family;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.rocksdb.RocksIterator;

/** A {@link KeyValueTable} in the database; its keys are the table's name, a zero byte, and the key in UTF-8. */
final class LocalTable implements KeyValueTable {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z-]*");

    private final String name;
    private final Database db;
    private final Recorder recorder;

    LocalTable(String name, Database db, Recorder recorder) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "a table is named by lower-case letters and dashes, not \"" + name + "\"");
        }
        this.name = name;
        this.db = db;
        this.recorder = recorder;
    }

    @Override
    public Optional<byte[]> get(String key) throws StoreException {
        return Optional.ofNullable(db.get(Family.KEY_VALUES, stored(key)));
    }

    @Override
    public void put(String key, byte[] value) throws StoreException {
        db.write(batch -> batch.put(db.handle(Family.KEY_VALUES), stored(key), value));
        recorder.logged();
    }

    @Override
    public void remove(String key) throws StoreException {
        db.write(batch -> batch.delete(db.handle(Family.KEY_VALUES), stored(key)));
        recorder.logged();
    }

    @Override
    public Map<String, byte[]> all() throws StoreException {
        byte[] prefix = stored("");
        return db.read(open -> {
            Map<String, byte[]> all = new LinkedHashMap<>();
            try (RocksIterator entries = db.iterator(open, Family.KEY_VALUES)) {
                for (entries.seek(prefix); entries.isValid() && begins(entries.key(), prefix); entries.next()) {
                    byte[] key = entries.key();
                    all.put(new String(key, prefix.length, key.length - prefix.length, StandardCharsets.UTF_8),
                            entries.value());
                }
                entries.status();
            }
            return all;
        });
    }

    private static boolean begins(byte[] key, byte[] prefix) {
        return key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }

    @Override
    public void write(Map<String, Optional<byte[]>> changes) throws StoreException {
        db.writeDurably(batch -> {
            for (Map.Entry<String, Optional<byte[]>> change : changes.entrySet()) {
                if (change.getValue().isPresent()) {
                    batch.put(db.handle(Family.KEY_VALUES), stored(change.getKey()), change.getValue().get());
                } else {
                    batch.delete(db.handle(Family.KEY_VALUES), stored(change.getKey()));
                }
            }
        });
    }

    private byte[] stored(String key) {
        return (name + '\0' + key).getBytes(StandardCharsets.UTF_8);
    }
}
