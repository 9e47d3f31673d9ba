package io.lighterage.peer.store;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.ChunkTable;
import java.nio.ByteBuffer;

/** One blob of a {@link BlobStore}. Safe for use by several threads. */
public interface StoredBlob {
    /** What the blob is. */
    BlobInfo info();

    /** The hashes of its chunks as far as known; grows only through this interface. */
    ChunkTable table();

    /**
     * Learns table entries {@code first ..} from a source that is trusted for them, and keeps them: they
     * survive the death of the process at once, that of the machine within seconds.
     *
     * @param hashes a multiple of 32 bytes
     * @throws IllegalArgumentException if they do not fit the blob
     * @throws io.lighterage.peer.content.ConflictingChunkException if an entry is known to be different; then
     *     none is kept
     */
    void learn(int first, byte[] hashes) throws StoreException;

    /** The chunks that are usable now (a copy). */
    ChunkSet present();

    /** Whether chunk {@code index} is usable now. */
    boolean has(int index);

    /**
     * How many times usable chunks ceased to be usable here, by withdrawal or because the disk may have lost them.
     * Whoever remembers which chunks are present may rely on that while this does not change. Takes no lock.
     */
    int losses();

    /** Whether every chunk is usable. */
    boolean isComplete();

    /**
     * Verifies {@code data} against the table entry of chunk {@code index} and writes it; a chunk that is present
     * already is left as it is. Consumes {@code data}; hashes each byte once.
     *
     * @throws WrongChunkException if the entry is not known, or the data has another length or hash: nothing was
     *     written
     * @throws IndexOutOfBoundsException if the blob has no such chunk
     * @throws StoreException if the blob was withdrawn, or the disk is full or fails
     */
    void write(int index, ByteBuffer data) throws WrongChunkException, StoreException;

    /**
     * Hashes {@code data}, makes that the table entry of chunk {@code index}, and writes it. For a source that is
     * read directly from upstream, whose table comes into being as it is read.
     *
     * @throws WrongChunkException if the entry was known already and differs, or the length is wrong
     */
    void ingest(int index, ByteBuffer data) throws WrongChunkException, StoreException;

    /**
     * Opens the data for reading. The caller closes the reader.
     *
     * @throws StoreException if the blob was withdrawn ({@link StoreException.Reason#WITHDRAWN}) or its file cannot be
     *     opened
     */
    BlobReader open() throws StoreException;

    /** Whether the table is known to belong to the digest. */
    boolean isVerified();

    /** Remembers durably that the table belongs to the digest. */
    void setVerified() throws StoreException;

    /** Counts as a use now, for eviction by least recent use. Cheap: recorded at most about once a minute. */
    void touch();
}
