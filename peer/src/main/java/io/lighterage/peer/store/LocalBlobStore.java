package io.lighterage.peer.store;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.StoreException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;

/** A {@link BlobStore} in a directory, laid out as {@link DataDirectory} and {@link BlobIndex} say. */
final class LocalBlobStore implements BlobStore {
    private static final int IDLE_FILES = 256;
    private static final int STRIPES = 64;

    private final Database db;
    private final StoreParts parts;
    private final LiveBlobs live = new LiveBlobs();

    /** By digest: held while a blob is brought to memory, made or withdrawn. Taken before the blob's own lock. */
    private final List<ReentrantLock> stripes =
            IntStream.range(0, STRIPES).mapToObj(i -> new ReentrantLock()).toList();

    private LocalBlobStore(Database db, StoreParts parts) {
        this.db = db;
        this.parts = parts;
    }

    /** Opens the store in {@code root}; {@code clock} tells the time of uses. */
    static LocalBlobStore open(Path root, InstantSource clock) throws StoreException {
        DataDirectory directory = DataDirectory.open(root);
        Database db = null;
        try {
            db = Database.open(directory.database());
            BlobIndex index = new BlobIndex(db);
            Counters counters = new Counters();
            Set<String> names = new HashSet<>();
            index.visit((blob, recorded) -> {
                BlobInfo info = blob.info();
                counters.added(info.length(), ChunkState.bytesOf(info, recorded));
                names.add(info.digest().hex());
            });
            directory.sweep(names::contains);
            Recorder recorder = new Recorder(db, directory.blobs());
            StoreParts parts = parts(directory, index, counters, recorder, clock);
            recorder.start();
            return new LocalBlobStore(db, parts);
        } catch (StoreException | RuntimeException e) {
            abandon(db, e);
            abandon(directory, e);
            throw e;
        }
    }

    /** Joins the parts of a store. */
    static StoreParts parts(
            DataDirectory directory, BlobIndex index, Counters counters, Recorder recorder, InstantSource clock)
            throws StoreException {
        return new StoreParts(
                directory,
                index,
                new OpenFiles(IDLE_FILES),
                recorder,
                counters,
                clock,
                new ConcurrentHashMap<>(index.unrecorded()),
                new AtomicBoolean());
    }

    private static void abandon(AutoCloseable opened, Exception why) {
        try {
            if (opened != null) {
                opened.close();
            }
        } catch (Exception e) {
            why.addSuppressed(e);
        }
    }

    @Override
    public Optional<StoredBlob> find(Digest digest) {
        parts.checkOpen();
        try {
            return Optional.ofNullable(get(digest));
        } catch (StoreException e) {
            throw new UncheckedIOException(e);
        }
    }

    private LocalBlob get(Digest digest) throws StoreException {
        LocalBlob blob = live.get(digest);
        if (blob != null) {
            return blob;
        }
        ReentrantLock stripe = stripe(digest);
        stripe.lock();
        try {
            return bring(digest);
        } finally {
            stripe.unlock();
        }
    }

    /** The blob, brought to memory if need be, or null. Called under the stripe's lock. */
    private LocalBlob bring(Digest digest) throws StoreException {
        LocalBlob blob = live.get(digest);
        if (blob == null) {
            BlobRecord record = parts.index().find(digest);
            if (record != null) {
                blob = new LocalBlob(record, parts);
                live.put(blob);
            }
        }
        return blob;
    }

    private ReentrantLock stripe(Digest digest) {
        return stripes.get(Math.floorMod(digest.hashCode(), STRIPES));
    }

    @Override
    public StoredBlob create(BlobInfo info) throws StoreException {
        parts.checkOpen();
        LocalBlob blob = live.get(info.digest());
        if (blob == null) {
            ReentrantLock stripe = stripe(info.digest());
            stripe.lock();
            try {
                blob = bring(info.digest());
                if (blob == null) {
                    return make(info);
                }
            } finally {
                stripe.unlock();
            }
        }
        if (!blob.info().equals(info)) {
            throw new StoreException(
                    Reason.CONFLICT,
                    "blob " + info.digest() + " is stored with " + describe(blob.info()) + ", not " + describe(info)
                            + "; delete it first if that is wrong");
        }
        return blob;
    }

    private static String describe(BlobInfo info) {
        return info.length() + " bytes in chunks of " + info.chunkLength();
    }

    private LocalBlob make(BlobInfo info) throws StoreException {
        try {
            parts.directory().makeDataFile(info.digest(), info.length());
        } catch (IOException e) {
            throw StoreFailures.of("make blob " + info.digest(), parts.directory().dataFile(info.digest()), e);
        }
        BlobRecord record = new BlobRecord(info, false, parts.clock().millis());
        parts.index().put(record);
        LocalBlob blob = LocalBlob.fresh(record, parts);
        live.put(blob);
        parts.counters().added(info.length(), 0);
        return blob;
    }

    @Override
    public StoredBlob put(byte[] content) throws StoreException {
        if (content.length > BlobInfo.LARGEST_CHUNK) {
            throw new IllegalArgumentException(
                    "a small blob has at most " + BlobInfo.LARGEST_CHUNK + " bytes, not " + content.length);
        }
        parts.checkOpen();
        Digest digest = Digest.of(content);
        StoredBlob blob = get(digest);
        if (blob == null) {
            blob = create(inOneChunk(digest, content.length));
        }
        try {
            fill(blob, content);
        } catch (WrongChunkException e) {
            // The content is the digest's, so the table is not: whoever gave it was wrong.
            delete(digest);
            blob = create(inOneChunk(digest, content.length));
            try {
                fill(blob, content);
            } catch (WrongChunkException again) {
                throw new StoreException(
                        Reason.CONFLICT,
                        "somebody writes another content to " + digest + ": " + again.getMessage(),
                        again);
            }
        }
        return blob;
    }

    private static BlobInfo inOneChunk(Digest digest, int length) {
        int chunk = Math.max(BlobInfo.SMALLEST_CHUNK, Integer.highestOneBit(Math.max(1, length - 1)) << 1);
        return new BlobInfo(digest, length, chunk);
    }

    private static void fill(StoredBlob blob, byte[] content) throws StoreException, WrongChunkException {
        if (blob.isComplete() && blob.isVerified()) {
            return;
        }
        BlobInfo info = blob.info();
        if (info.length() != content.length) {
            throw new WrongChunkException(
                    info.digest(), 0, "the blob has " + content.length + " bytes, not " + info.length());
        }
        for (int index = 0; index < info.chunkCount(); index++) {
            blob.ingest(index, ByteBuffer.wrap(content, (int) info.offsetOf(index), info.lengthOf(index)));
        }
        blob.setVerified();
    }

    @Override
    public BlobWriter newBlob(int chunkLength) throws StoreException {
        parts.checkOpen();
        return FileBlobWriter.open(parts.directory().newFile(), chunkLength, this::adopt);
    }

    /** Takes in a blob whose bytes are whole and durable in {@code file}. */
    private StoredBlob adopt(BlobInfo info, byte[] hashes, Path file) throws StoreException {
        parts.checkOpen();
        Digest digest = info.digest();
        ReentrantLock stripe = stripe(digest);
        stripe.lock();
        try {
            LocalBlob known = bring(digest);
            if (known != null && known.isComplete() && known.isVerified()) {
                known.touch();
                return known;
            }
            // This one is whole and right; whoever fetches the other finds this one when it asks again.
            delete(digest);
            parts.directory().adopt(file, digest);
            BlobRecord record = new BlobRecord(info, true, parts.clock().millis());
            parts.index().putComplete(record, hashes);
            LocalBlob blob = new LocalBlob(record, parts);
            live.put(blob);
            parts.counters().added(info.length(), info.length());
            return blob;
        } catch (IOException e) {
            throw StoreFailures.of("take in blob " + digest, file, e);
        } finally {
            stripe.unlock();
        }
    }

    @Override
    public void delete(Digest digest) throws StoreException {
        parts.checkOpen();
        Path path = parts.directory().dataFile(digest);
        ReentrantLock stripe = stripe(digest);
        stripe.lock();
        try {
            LocalBlob blob = bring(digest);
            if (blob == null) {
                return;
            }
            long presentBytes = blob.withdraw();
            live.remove(digest);
            parts.counters().removed(blob.info().length(), presentBytes);
            parts.files().withdraw(digest);
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw StoreFailures.of("delete blob " + digest, path, e);
        } finally {
            stripe.unlock();
        }
    }

    @Override
    public List<Digest> digests() {
        parts.checkOpen();
        try {
            return parts.index().digests();
        } catch (StoreException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public StoreStatistics statistics() {
        parts.checkOpen();
        return parts.counters().snapshot();
    }

    @Override
    public KeyValueTable table(String name) {
        parts.checkOpen();
        return new LocalTable(name, db, parts.recorder());
    }

    @Override
    public void flush() throws StoreException {
        parts.checkOpen();
        parts.recorder().flush();
    }

    @Override
    public void close() throws StoreException {
        if (!parts.closed().compareAndSet(false, true)) {
            return;
        }
        try (DataDirectory directory = parts.directory();
                Database open = db) {
            try {
                parts.recorder().stop();
            } finally {
                parts.files().close();
            }
        }
    }

    /** Number of open data files. */
    int openFiles() {
        return parts.files().count();
    }
}
