package io.lighterage.peer.wire;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.store.BlobReader;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A chunk on its way out, with the lease on its data file. */
final class OutgoingChunk {
    private static final Logger LOG = LoggerFactory.getLogger(OutgoingChunk.class);

    final int request;
    final Digest digest;
    final int index;
    final Priority priority;
    final BlobReader reader;
    final long offset;
    final int length;
    private final Connection.ChunkSent onDone;
    private final AtomicBoolean done = new AtomicBoolean();

    OutgoingChunk(
            int request,
            Digest digest,
            int index,
            Priority priority,
            BlobReader reader,
            long offset,
            int length,
            Connection.ChunkSent onDone) {
        this.request = request;
        this.digest = digest;
        this.index = index;
        this.priority = priority;
        this.reader = reader;
        this.offset = offset;
        this.length = length;
        this.onDone = onDone;
    }

    /** Gives the lease back and tells the sender, the first time that it is called. */
    void done(boolean sent) {
        if (!done.compareAndSet(false, true)) {
            return;
        }
        reader.close();
        try {
            onDone.done(sent);
        } catch (RuntimeException e) {
            LOG.error("whoever sent chunk {} of {} failed when told that it left", index, digest, e);
        }
    }
}
