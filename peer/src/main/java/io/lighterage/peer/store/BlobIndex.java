package io.lighterage.peer.store;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.ChunkTable;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.Database.Family;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/**
 * What the database knows of blobs. Keys begin with the digest's {@value Digest#BYTES} bytes; numbers are big endian.
 *
 * <pre>
 * blobs       digest                 {@link BlobRecord}
 * tables      digest, first (4)      entries first .., up to {@link #GROUP} of 32 bytes; runs never overlap
 * presence    digest, group (4)      bitmap of the recorded chunks of {@link #GROUP} chunks
 * unrecorded  digest, group (4)      nothing; the group may have chunks that were written but not recorded
 * </pre>
 *
 * <p>Groups keep a record small, whatever the blob's length.
 */
final class BlobIndex {
    /** Chunks in a group. */
    static final int GROUP = 1024;

    private static final int KEY_BYTES = Digest.BYTES + 4;
    private static final byte[] NOTHING = new byte[0];

    private final Database db;

    BlobIndex(Database db) {
        this.db = db;
    }

    /** Every blob's record and how many chunks of each group are recorded. */
    interface Visitor {
        void blob(BlobRecord blob, ChunkSet recorded);
    }

    /** The record of {@code digest}, or null. */
    BlobRecord find(Digest digest) throws StoreException {
        byte[] value = db.get(Family.BLOBS, digest.bytes());
        return value == null ? null : BlobRecord.decode(digest, value);
    }

    /** Writes a blob's record. */
    void put(BlobRecord blob) throws StoreException {
        db.write(batch -> batch.put(db.handle(Family.BLOBS), blob.info().digest().bytes(), blob.encode()));
    }

    /** Writes, durably and at once, all of a blob that is complete: {@code hashes} is its whole table. */
    void putComplete(BlobRecord blob, byte[] hashes) throws StoreException {
        BlobInfo info = blob.info();
        db.writeDurably(batch -> {
            batch.put(db.handle(Family.BLOBS), info.digest().bytes(), blob.encode());
            addEntries(batch, info.digest(), 0, hashes);
            for (int first = 0; first < info.chunkCount(); first += GROUP) {
                BitSet all = new BitSet();
                all.set(0, Math.min(GROUP, info.chunkCount() - first));
                batch.put(db.handle(Family.PRESENCE), key(info.digest(), first / GROUP), all.toByteArray());
            }
        });
    }

    /** Forgets all of {@code digest}, durably: its data file may be made anew. */
    void delete(Digest digest) throws StoreException {
        byte[] from = digest.bytes();
        byte[] to = Arrays.copyOf(from, KEY_BYTES + 1);
        Arrays.fill(to, Digest.BYTES, to.length, (byte) 0xff);
        db.writeDurably(batch -> {
            batch.delete(db.handle(Family.BLOBS), from);
            for (Family family : List.of(Family.TABLES, Family.PRESENCE, Family.UNRECORDED)) {
                batch.deleteRange(db.handle(family), from, to);
            }
        });
    }

    /** Forgets durably which chunks of {@code digest} are present. */
    void forgetPresence(Digest digest) throws StoreException {
        byte[] from = digest.bytes();
        byte[] to = Arrays.copyOf(from, KEY_BYTES + 1);
        Arrays.fill(to, Digest.BYTES, to.length, (byte) 0xff);
        db.writeDurably(batch -> {
            batch.deleteRange(db.handle(Family.PRESENCE), from, to);
            batch.deleteRange(db.handle(Family.UNRECORDED), from, to);
        });
    }

    /** The names of all blobs. */
    List<Digest> digests() throws StoreException {
        return db.read(open -> {
            List<Digest> digests = new ArrayList<>();
            try (RocksIterator at = db.iterator(open, Family.BLOBS)) {
                for (at.seekToFirst(); at.isValid(); at.next()) {
                    digests.add(Digest.ofBytes(at.key()));
                }
                at.status();
            }
            return digests;
        });
    }

    /** Shows every blob to {@code visitor}, in one pass over the records and the presence. */
    void visit(Visitor visitor) throws StoreException {
        db.read(open -> {
            try (RocksIterator blobs = db.iterator(open, Family.BLOBS);
                    RocksIterator presence = db.iterator(open, Family.PRESENCE)) {
                presence.seekToFirst();
                for (blobs.seekToFirst(); blobs.isValid(); blobs.next()) {
                    byte[] key = blobs.key();
                    BlobRecord blob = BlobRecord.decode(Digest.ofBytes(key), blobs.value());
                    visitor.blob(blob, readPresence(presence, blob.info(), key));
                }
                blobs.status();
                presence.status();
            }
            return null;
        });
    }

    /** Keeps {@code runs} of new table entries, each under the index of its first, all at once. */
    void learn(Digest digest, Map<Integer, byte[]> runs) throws StoreException {
        db.write(batch -> {
            for (Map.Entry<Integer, byte[]> run : runs.entrySet()) {
                addEntries(batch, digest, run.getKey(), run.getValue());
            }
        });
    }

    private void addEntries(WriteBatch batch, Digest digest, int first, byte[] hashes) throws RocksDBException {
        int step = GROUP * Digest.BYTES;
        for (int at = 0; at < hashes.length; at += step) {
            byte[] run = Arrays.copyOfRange(hashes, at, Math.min(hashes.length, at + step));
            batch.put(db.handle(Family.TABLES), key(digest, first + at / Digest.BYTES), run);
        }
    }

    /** The table of {@code info} as far as it is known. */
    ChunkTable table(BlobInfo info) throws StoreException {
        byte[] prefix = info.digest().bytes();
        return db.read(open -> {
            ChunkTable table = new ChunkTable(info);
            try (RocksIterator at = db.iterator(open, Family.TABLES)) {
                for (at.seek(prefix); at.isValid() && startsWith(at.key(), prefix); at.next()) {
                    int first = number(at.key());
                    byte[] hashes = at.value();
                    for (int i = 0; i < hashes.length / Digest.BYTES; i++) {
                        table.put(first + i, Arrays.copyOfRange(hashes, i * Digest.BYTES, (i + 1) * Digest.BYTES));
                    }
                }
                at.status();
            }
            return table;
        });
    }

    /** The recorded chunks of {@code info}. */
    ChunkSet presence(BlobInfo info) throws StoreException {
        byte[] prefix = info.digest().bytes();
        return db.read(open -> {
            try (RocksIterator at = db.iterator(open, Family.PRESENCE)) {
                at.seek(prefix);
                ChunkSet recorded = readPresence(at, info, prefix);
                at.status();
                return recorded;
            }
        });
    }

    private static ChunkSet readPresence(RocksIterator at, BlobInfo info, byte[] prefix) {
        ChunkSet recorded = new ChunkSet(info.chunkCount());
        while (at.isValid()) {
            byte[] key = at.key();
            int order = Arrays.compareUnsigned(key, 0, Digest.BYTES, prefix, 0, Digest.BYTES);
            if (order > 0) {
                break;
            }
            if (order == 0) {
                int first = number(key) * GROUP;
                BitSet.valueOf(at.value()).stream().forEach(i -> recorded.add(first + i));
            }
            at.next();
        }
        return recorded;
    }

    /** Notes that {@code group} may have chunks that are written but not recorded. */
    void markUnrecorded(Digest digest, int group) throws StoreException {
        db.write(batch -> batch.put(db.handle(Family.UNRECORDED), key(digest, group), NOTHING));
    }

    /**
     * Records presence.
     *
     * @param recorded the bitmap of each group that changed
     * @param settled the groups that have no unrecorded chunks any more
     */
    void record(Digest digest, Map<Integer, BitSet> recorded, BitSet settled) throws StoreException {
        db.write(batch -> {
            for (Map.Entry<Integer, BitSet> group : recorded.entrySet()) {
                batch.put(db.handle(Family.PRESENCE), key(digest, group.getKey()), group.getValue().toByteArray());
            }
            for (int group = settled.nextSetBit(0); group >= 0; group = settled.nextSetBit(group + 1)) {
                batch.delete(db.handle(Family.UNRECORDED), key(digest, group));
            }
        });
    }

    /** The groups of each blob that may have unrecorded chunks: what was being written when the process died. */
    Map<Digest, BitSet> unrecorded() throws StoreException {
        return db.read(open -> {
            Map<Digest, BitSet> groups = new HashMap<>();
            try (RocksIterator at = db.iterator(open, Family.UNRECORDED)) {
                for (at.seekToFirst(); at.isValid(); at.next()) {
                    byte[] key = at.key();
                    Digest digest = Digest.ofBytes(Arrays.copyOf(key, Digest.BYTES));
                    groups.computeIfAbsent(digest, d -> new BitSet()).set(number(key));
                }
                at.status();
            }
            return groups;
        });
    }

    private static byte[] key(Digest digest, int number) {
        ByteBuffer key = ByteBuffer.allocate(KEY_BYTES);
        digest.write(key);
        return key.putInt(number).array();
    }

    private static int number(byte[] key) {
        return ByteBuffer.wrap(key).getInt(Digest.BYTES);
    }

    private static boolean startsWith(byte[] key, byte[] prefix) {
        return Arrays.equals(key, 0, Digest.BYTES, prefix, 0, Digest.BYTES);
    }
}
