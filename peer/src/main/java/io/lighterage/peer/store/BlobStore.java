package io.lighterage.peer.store;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * The blobs of one host, under one data directory that one process owns.
 *
 * <p><b>A blob's life.</b> {@link #create} makes it, with a data file of its full length that is all hole.
 * Chunks are written to it in any order, from any thread, each verified on the way in (see
 * {@link StoredBlob}). A chunk is <em>usable</em> (read, passed on) from the moment its write returns; it is
 * <em>recorded</em> as present only after a batched fdatasync made its bytes durable. What a crash loses of
 * the record is found again on opening: a chunk whose table entry is known but which is not recorded is
 * hashed when it is first asked about, so after {@code kill -9} nothing is fetched twice, and after a power loss
 * a chunk whose bytes did not survive is simply missing.
 *
 * <p><b>Trust.</b> A blob is {@linkplain StoredBlob#isVerified verified} once its table is known to belong to its
 * digest: because the supernode gave it, or because the whole blob was hashed here. {@link #delete} withdraws a
 * blob at once; whoever holds a {@link BlobReader} keeps reading the old bytes, nobody opens them anew.
 *
 * <p><b>Failures.</b> Where a method here or of {@link StoredBlob} declares no {@link StoreException} and the database
 * fails, it throws an {@link java.io.UncheckedIOException} that holds one. A {@link StoredBlob}'s state is read from
 * the disk when it is first asked for, and after a crash its last chunks are hashed then: not for event loops.
 *
 * <p>Safe for use by several threads. Opening takes seconds with ten thousand blobs; memory grows with the blobs that
 * are in use, not with those that are stored.
 */
public interface BlobStore extends AutoCloseable {
    /**
     * Opens the store in {@code directory}, which is made if it is not there, and keeps others out of it until closed.
     *
     * @throws StoreException if the directory cannot be made or written ({@link StoreException.Reason#NOT_WRITABLE}),
     *     if another process or this one has it open ({@link StoreException.Reason#IN_USE}), if another version wrote
     *     it ({@link StoreException.Reason#OTHER_VERSION}), if the disk is full
     *     ({@link StoreException.Reason#DISK_FULL}), or if the disk or the database fails
     *     ({@link StoreException.Reason#FAILED}); the message names the directory and the mend
     */
    static BlobStore open(Path directory) throws StoreException {
        return LocalBlobStore.open(directory, InstantSource.system());
    }

    /** The blob of this name, whole or partial. */
    Optional<StoredBlob> find(Digest digest);

    /**
     * The blob of this name, made if it is not there.
     *
     * @throws StoreException if there is one of another length or chunk length ({@link StoreException.Reason#CONFLICT})
     *     or the disk is full ({@link StoreException.Reason#DISK_FULL})
     */
    StoredBlob create(BlobInfo info) throws StoreException;

    /**
     * Stores a small blob whole and verified; does nothing if it is there already.
     *
     * @param content at most {@link BlobInfo#LARGEST_CHUNK} bytes; its sha256 becomes the blob's digest
     */
    StoredBlob put(byte[] content) throws StoreException;

    /**
     * Begins a blob whose digest is not known beforehand. The caller closes the writer.
     *
     * @param chunkLength bytes in a chunk: a power of two from {@link BlobInfo#SMALLEST_CHUNK} to
     *     {@link BlobInfo#LARGEST_CHUNK}; four chunks are held in memory
     * @throws StoreException if its temporary file cannot be made
     */
    BlobWriter newBlob(int chunkLength) throws StoreException;

    /** Withdraws the blob, if it is there: its {@link StoredBlob} has no chunk any more, and takes none. */
    void delete(Digest digest) throws StoreException;

    /** The names of all blobs, whole or partial, in no order. */
    List<Digest> digests();

    /** What the store holds, for the status page. */
    StoreStatistics statistics();

    /**
     * A durable map from short keys to small values that lives beside the blobs, such as the mirror's tags.
     *
     * @param name the map's name, lower-case letters and dashes; the same name is the same map
     */
    KeyValueTable table(String name);

    /** Makes everything written so far durable and recorded, then returns. */
    void flush() throws StoreException;

    /**
     * Flushes, and gives up the directory. After that every other call on the store and its blobs throws
     * {@link IllegalStateException}; open readers go on until they are closed. Idempotent.
     */
    @Override
    void close() throws StoreException;
}
