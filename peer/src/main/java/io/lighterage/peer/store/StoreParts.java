package io.lighterage.peer.store;

import io.lighterage.peer.content.Digest;
import java.time.InstantSource;
import java.util.BitSet;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What the blobs of one store share.
 *
 * @param unrecovered groups that were being written when the last process died, of the blobs not used since
 * @param closed set when the store is closed
 */
record StoreParts(
        DataDirectory directory,
        BlobIndex index,
        OpenFiles files,
        Recorder recorder,
        Counters counters,
        InstantSource clock,
        ConcurrentMap<Digest, BitSet> unrecovered,
        AtomicBoolean closed) {

    /** @throws IllegalStateException if the store is closed */
    void checkOpen() {
        if (closed.get()) {
            throw new IllegalStateException("the store " + directory.root() + " is closed");
        }
    }
}
