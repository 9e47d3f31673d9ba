package io.lighterage.peer.store;

/** Running totals of a store, so that its statistics cost nothing. Guarded by itself. */
final class Counters {
    private long blobs;
    private long completeBlobs;
    private long presentBytes;
    private long totalBytes;

    /** Counts a blob of {@code length} bytes of which {@code present} are usable. */
    synchronized void added(long length, long present) {
        blobs++;
        totalBytes += length;
        presentBytes += present;
        completeBlobs += present == length ? 1 : 0;
    }

    /** Undoes {@link #added}. */
    synchronized void removed(long length, long present) {
        blobs--;
        totalBytes -= length;
        presentBytes -= present;
        completeBlobs -= present == length ? 1 : 0;
    }

    /** Counts a change of one blob's usable bytes. */
    synchronized void changed(long length, long presentBefore, long presentNow) {
        presentBytes += presentNow - presentBefore;
        completeBlobs += (presentNow == length ? 1 : 0) - (presentBefore == length ? 1 : 0);
    }

    synchronized StoreStatistics snapshot() {
        return new StoreStatistics(blobs, completeBlobs, presentBytes, totalBytes);
    }
}
