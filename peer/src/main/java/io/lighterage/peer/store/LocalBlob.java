package io.lighterage.peer.store;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.ChunkTable;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.StoreException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A blob of a {@link LocalBlobStore}. There is at most one in use for each blob of the store. */
final class LocalBlob implements StoredBlob {
    private static final Logger LOG = LoggerFactory.getLogger(LocalBlob.class);
    private static final long TOUCH_MS = 60_000;

    private final BlobInfo info;
    private final StoreParts parts;
    private final Path path;

    /**
     * Guards all that follows. Held while the state is loaded and the database written, not while hashing or writing
     * data.
     */
    private final ReentrantLock lock = new ReentrantLock();

    /** Written under the lock. */
    private volatile BlobRecord record;

    /** Null until first used. */
    private ChunkState state;

    /** Whether the file's directory entry is not durable yet. */
    private boolean fresh;

    private boolean withdrawn;

    /** Written under the lock. */
    private volatile int losses;

    /** A blob that the database has. */
    LocalBlob(BlobRecord record, StoreParts parts) {
        this.record = record;
        this.info = record.info();
        this.parts = parts;
        this.path = parts.directory().dataFile(info.digest());
    }

    /** A blob that has just been made. */
    static LocalBlob fresh(BlobRecord record, StoreParts parts) {
        LocalBlob blob = new LocalBlob(record, parts);
        ChunkTable table = new ChunkTable(record.info());
        blob.state = new ChunkState(table, new ChunkSet(record.info().chunkCount()), new BitSet());
        blob.fresh = true;
        return blob;
    }

    @Override
    public BlobInfo info() {
        return info;
    }

    @Override
    public ChunkTable table() {
        return look(ChunkState::table);
    }

    @Override
    public ChunkSet present() {
        return look(known -> withdrawn ? new ChunkSet(info.chunkCount()) : known.present().copy());
    }

    @Override
    public boolean has(int index) {
        return look(known -> !withdrawn && known.present().contains(index));
    }

    @Override
    public int losses() {
        return losses;
    }

    @Override
    public boolean isComplete() {
        return look(known -> !withdrawn && known.present().isFull());
    }

    private <T> T look(Function<ChunkState, T> question) {
        parts.checkOpen();
        lock.lock();
        try {
            return question.apply(loaded());
        } catch (StoreException e) {
            throw new UncheckedIOException(e);
        } finally {
            lock.unlock();
        }
    }

    private ChunkState loaded() throws StoreException {
        if (state == null) {
            ChunkState known = withdrawn ? nothing() : new Recovery(info, parts).load();
            state = known;
            if (known.hasWaiting()) {
                parts.recorder().written(this, 0);
            }
        }
        return state;
    }

    private ChunkState nothing() {
        return new ChunkState(new ChunkTable(info), new ChunkSet(info.chunkCount()), new BitSet());
    }

    private void checkHere() throws StoreException {
        parts.checkOpen();
        checkNotWithdrawn();
    }

    private void checkNotWithdrawn() throws StoreException {
        if (withdrawn) {
            throw new StoreException(
                    Reason.WITHDRAWN, "blob " + info.digest() + " was withdrawn; find or create it again");
        }
    }

    @Override
    public void learn(int first, byte[] hashes) throws StoreException {
        int count = hashes.length / Digest.BYTES;
        if (hashes.length % Digest.BYTES != 0 || first < 0 || first > info.chunkCount() - count) {
            throw new IllegalArgumentException(hashes.length + " bytes of table entries from chunk " + first
                    + " do not fit " + info.digest() + ", which has " + info.chunkCount() + " chunks");
        }
        lock.lock();
        try {
            checkHere();
            keep(first, hashes);
        } finally {
            lock.unlock();
        }
    }

    /** Keeps those of the entries that are new; none if one conflicts. Called under the lock. */
    private void keep(int first, byte[] hashes) throws StoreException {
        Map<Integer, byte[]> runs = loaded().newEntries(first, hashes);
        if (!runs.isEmpty()) {
            parts.index().learn(info.digest(), runs);
            runs.forEach(state::learn);
            parts.recorder().logged();
        }
    }

    @Override
    public void write(int index, ByteBuffer data) throws WrongChunkException, StoreException {
        try {
            ChunkTable table;
            lock.lock();
            try {
                checkHere();
                if (loaded().present().contains(index)) {
                    return;
                }
                table = state.table();
            } finally {
                lock.unlock();
            }
            checkLength(index, data);
            if (!table.knows(index)) {
                throw new WrongChunkException(info.digest(), index, "its hash is not known");
            }
            if (!table.accepts(index, Recovery.sha256(data))) {
                throw new WrongChunkException(info.digest(), index, "it has another hash");
            }
            store(index, data);
        } finally {
            data.position(data.limit());
        }
    }

    @Override
    public void ingest(int index, ByteBuffer data) throws WrongChunkException, StoreException {
        try {
            checkLength(index, data);
            byte[] hash = Recovery.sha256(data);
            lock.lock();
            try {
                checkHere();
                ChunkTable table = loaded().table();
                if (table.knows(index) && !table.accepts(index, hash)) {
                    throw new WrongChunkException(info.digest(), index, "it has another hash");
                }
                // The entry comes before the data: of two that differ one fails here, and never writes.
                keep(index, hash);
                if (state.present().contains(index)) {
                    return;
                }
            } finally {
                lock.unlock();
            }
            store(index, data);
        } finally {
            data.position(data.limit());
        }
    }

    private void checkLength(int index, ByteBuffer data) throws WrongChunkException {
        if (data.remaining() != info.lengthOf(index)) {
            throw new WrongChunkException(
                    info.digest(), index, "it has " + data.remaining() + " bytes, not " + info.lengthOf(index));
        }
    }

    private void store(int index, ByteBuffer verified) throws StoreException {
        try (FileLease file = lease()) {
            file.write(info.offsetOf(index), verified.duplicate());
        } catch (IOException e) {
            throw StoreFailures.of("write chunk " + index + " of " + info.digest(), path, e);
        }
        int group = index / BlobIndex.GROUP;
        lock.lock();
        try {
            checkHere();
            if (!state.isMarked(group)) {
                parts.index().markUnrecorded(info.digest(), group);
                state.mark(group);
            }
            long before = state.presentBytes();
            if (state.add(index)) {
                parts.counters().changed(info.length(), before, state.presentBytes());
            }
        } finally {
            lock.unlock();
        }
        parts.recorder().written(this, info.lengthOf(index));
    }

    @Override
    public BlobReader open() throws StoreException {
        parts.checkOpen();
        return lease();
    }

    /** A lease on the data file, for reading and writing. */
    FileLease lease() throws StoreException {
        lock.lock();
        try {
            checkNotWithdrawn();
            // Sees to it that the file is there.
            loaded();
            // Under the lock, since the path may name another file once this blob is withdrawn.
            return parts.files().lease(info.digest(), path);
        } catch (IOException e) {
            throw StoreFailures.of("open the data of " + info.digest(), path, e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean isVerified() {
        parts.checkOpen();
        return record.verified() || info.chunkCount() == 1 && isComplete();
    }

    @Override
    public void setVerified() throws StoreException {
        lock.lock();
        try {
            checkHere();
            // The table of an only chunk needs no word for it: its entry is the digest.
            if (!record.verified() && info.chunkCount() != 1) {
                parts.index().put(record.withVerified());
                record = record.withVerified();
                parts.recorder().logged();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void touch() {
        parts.checkOpen();
        long nowMs = parts.clock().millis();
        if (nowMs - record.lastUseMs() < TOUCH_MS) {
            return;
        }
        lock.lock();
        try {
            if (!withdrawn && nowMs - record.lastUseMs() >= TOUCH_MS) {
                record = record.withLastUse(nowMs);
                parts.index().put(record);
            }
        } catch (StoreException e) {
            LOG.warn("cannot record the use of {}", info.digest(), e);
        } finally {
            lock.unlock();
        }
    }

    /** Forgets the blob durably; answers how many of its bytes were usable. */
    long withdraw() throws StoreException {
        lock.lock();
        try {
            long bytes = state != null
                    ? state.presentBytes()
                    : ChunkState.bytesOf(info, parts.index().presence(info));
            parts.index().delete(info.digest());
            parts.unrecovered().remove(info.digest());
            withdrawn = true;
            countLoss();
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    /** For the recorder: the chunks that wait, which it then records, keeps waiting or drops. */
    ChunkSet takeWaiting() {
        lock.lock();
        try {
            return withdrawn || state == null ? new ChunkSet(info.chunkCount()) : state.takeWaiting();
        } finally {
            lock.unlock();
        }
    }

    /** For the recorder: the directory whose entry for this blob is not durable yet, or null. */
    Path takeFreshDirectory() {
        lock.lock();
        try {
            Path directory = fresh ? path.getParent() : null;
            fresh = false;
            return directory;
        } finally {
            lock.unlock();
        }
    }

    /** For the recorder: the data of {@code chunks} is durable. */
    void record(ChunkSet chunks) throws StoreException {
        lock.lock();
        try {
            if (withdrawn) {
                return;
            }
            Map<Integer, BitSet> bitmaps = state.bitmaps(chunks);
            BitSet settled = state.settled(bitmaps.keySet());
            parts.index().record(info.digest(), bitmaps, settled);
            state.unmark(settled);
        } finally {
            lock.unlock();
        }
    }

    /** For the recorder: {@code chunks} could not be recorded and wait again. */
    void keepWaiting(ChunkSet chunks) {
        lock.lock();
        try {
            state.takeBack(chunks);
        } finally {
            lock.unlock();
        }
    }

    /** For the recorder: the disk may have lost the data of {@code chunks}. */
    void drop(ChunkSet chunks) {
        lock.lock();
        try {
            if (!withdrawn) {
                long before = state.presentBytes();
                state.drop(chunks);
                countLoss();
                parts.counters().changed(info.length(), before, state.presentBytes());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Called under the lock, which makes the two steps one. */
    private void countLoss() {
        int before = losses;
        losses = before + 1;
    }

    @Override
    public String toString() {
        return info.digest().toString();
    }
}
