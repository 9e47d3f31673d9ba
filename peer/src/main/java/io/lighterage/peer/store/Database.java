package io.lighterage.peer.store;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.Filter;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * RocksDB, kept small, and kept from being used once it is closed (its native side would crash).
 *
 * <p>Every write goes to the write-ahead log at once, which survives the process; only a synced write or
 * {@link #sync} survives the machine. The log keeps the order of writes, so what survives is always a prefix.
 */
final class Database implements AutoCloseable {
    /** The column families. */
    enum Family {
        BLOBS,
        TABLES,
        PRESENCE,
        UNRECORDED,
        KEY_VALUES;

        private byte[] stored() {
            return name().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8);
        }
    }

    /** One use of the open database. */
    interface Use<T> {
        T apply(RocksDB db) throws RocksDBException;
    }

    /** What a batch of changes that happen together consists of. */
    interface Changes {
        void addTo(WriteBatch batch) throws RocksDBException;
    }

    private static final long BLOCK_CACHE_BYTES = 4 << 20;
    private static final long WRITE_BUFFER_BYTES = 2 << 20;
    private static final long ALL_WRITE_BUFFERS_BYTES = 6 << 20;
    private static final long LOG_BYTES = 16 << 20;
    private static final int OPEN_FILES = 64;

    private final Path path;
    private final Deque<AbstractNativeReference> owned;
    private final WriteOptions lazily;
    private final WriteOptions durably;
    private final RocksDB db;
    private final List<ColumnFamilyHandle> families;

    /** Read by every use, written by close. */
    private final ReentrantReadWriteLock life = new ReentrantReadWriteLock();

    /** Guarded by {@link #life}. */
    private boolean closed;

    private Database(Path path, Deque<AbstractNativeReference> owned) throws RocksDBException {
        this.path = path;
        this.owned = owned;
        this.lazily = own(new WriteOptions());
        this.durably = own(new WriteOptions().setSync(true));
        DBOptions options = own(options());
        ColumnFamilyOptions familyOptions = own(familyOptions());
        List<ColumnFamilyDescriptor> wanted = new ArrayList<>();
        wanted.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, familyOptions));
        for (Family family : Family.values()) {
            wanted.add(new ColumnFamilyDescriptor(family.stored(), familyOptions));
        }
        this.families = new ArrayList<>();
        this.db = RocksDB.open(options, path.toString(), wanted, families);
    }

    /** Opens or makes the database in {@code path}. */
    static Database open(Path path) throws StoreException {
        RocksDB.loadLibrary();
        Deque<AbstractNativeReference> owned = new ArrayDeque<>();
        try {
            return new Database(path, owned);
        } catch (RocksDBException e) {
            owned.forEach(AbstractNativeReference::close);
            throw StoreFailures.of("open", path, e);
        }
    }

    private <R extends AbstractNativeReference> R own(R reference) {
        owned.push(reference);
        return reference;
    }

    private static DBOptions options() {
        return new DBOptions()
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setMaxOpenFiles(OPEN_FILES)
                .setMaxBackgroundJobs(2)
                .setMaxFileOpeningThreads(1)
                .setDbWriteBufferSize(ALL_WRITE_BUFFERS_BYTES)
                .setMaxTotalWalSize(LOG_BYTES)
                .setAllowMmapReads(false)
                .setAllowMmapWrites(false)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setMaxLogFileSize(1 << 20)
                .setKeepLogFileNum(2)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0);
    }

    private ColumnFamilyOptions familyOptions() {
        Cache cache = own(new LRUCache(BLOCK_CACHE_BYTES));
        Filter filter = own(new BloomFilter(10));
        return new ColumnFamilyOptions()
                .setWriteBufferSize(WRITE_BUFFER_BYTES)
                .setMaxWriteBufferNumber(2)
                // Hashes do not compress.
                .setCompressionType(CompressionType.NO_COMPRESSION)
                .setTableFormatConfig(new BlockBasedTableConfig()
                        .setBlockCache(cache)
                        .setFilterPolicy(filter)
                        .setCacheIndexAndFilterBlocks(true));
    }

    /** The value of {@code key}, or null. */
    byte[] get(Family family, byte[] key) throws StoreException {
        return use("read", db -> db.get(handle(family), key));
    }

    /** Makes {@code changes} together; they survive the death of the process. */
    void write(Changes changes) throws StoreException {
        write(changes, lazily);
    }

    /** Makes {@code changes} together and durable, with all that was written before. */
    void writeDurably(Changes changes) throws StoreException {
        write(changes, durably);
    }

    private void write(Changes changes, WriteOptions how) throws StoreException {
        use("write", db -> {
            try (WriteBatch batch = new WriteBatch()) {
                changes.addTo(batch);
                db.write(how, batch);
            }
            return null;
        });
    }

    /** Makes everything written so far durable. */
    void sync() throws StoreException {
        use("sync", db -> {
            db.flushWal(true);
            return null;
        });
    }

    /** Reads on through {@code family}; the iterator must be closed in {@code use}. */
    <T> T read(Use<T> use) throws StoreException {
        return use("read", use);
    }

    /** An iterator over {@code family}, for use inside {@link #read}. */
    RocksIterator iterator(RocksDB open, Family family) {
        return open.newIterator(handle(family));
    }

    /** The handle of {@code family}, for use inside {@link #write}. */
    ColumnFamilyHandle handle(Family family) {
        return families.get(family.ordinal() + 1);
    }

    private <T> T use(String what, Use<T> use) throws StoreException {
        life.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("the store " + path.getParent() + " is closed");
            }
            return use.apply(db);
        } catch (RocksDBException e) {
            throw StoreFailures.of(what, path, e);
        } finally {
            life.readLock().unlock();
        }
    }

    @Override
    public void close() throws StoreException {
        life.writeLock().lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            families.forEach(ColumnFamilyHandle::close);
            db.closeE();
        } catch (RocksDBException e) {
            throw StoreFailures.of("close", path, e);
        } finally {
            owned.forEach(AbstractNativeReference::close);
            owned.clear();
            life.writeLock().unlock();
        }
    }
}
