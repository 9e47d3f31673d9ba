package io.lighterage.supernode.ingest;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.store.StoredBlob;
import java.io.IOException;

/**
 * Who is told how blobs come in. Calls come on the threads that read; those about one blob's chunks may come at the
 * same moment and in any order. Be brief: the stream that brought the chunk waits.
 */
public interface IngestListener {
    /**
     * Upstream begins to give what is missing by the right of {@code source}; no other repository will be read for it.
     * Comes first.
     *
     * @param fresh whether nothing of the blob was here; else an earlier read is gone on with
     */
    void accepted(Digest digest, BlobSource source, boolean fresh);

    /** The blob's shape is known and reading begins; comes before all that follows about it. */
    void described(StoredBlob blob);

    /** Chunk {@code index} is usable now and its table entry is known. */
    void chunk(StoredBlob blob, int index);

    /** The blob is whole, and its bytes are those that its digest names. Comes last about it. */
    void completed(StoredBlob blob);

    /**
     * The blob will not come further for now. What came is kept for the next start, but after a
     * {@link WrongDigestException}, when nothing of the read is in the store.
     *
     * @param why a {@link io.lighterage.peer.exchange.BlobRefusedException} if upstream refuses everybody who asked
     */
    void failed(Digest digest, IOException why);
}
