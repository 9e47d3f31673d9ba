package io.lighterage.peer.exchange;

import io.lighterage.peer.content.BlobInfo;

/**
 * Tells chunks that come bit by bit from a standstill: on a slow link a dozen of them share, each takes seconds, and who
 * counts whole ones would ask for them a second time while they come.
 */
final class PartialArrivals {
    /** Far more than the news of idle neighbours are in a few seconds. */
    static final long ENOUGH_BYTES = BlobInfo.DEFAULT_CHUNK;

    private long countedBytes;

    /**
     * Whether as much as a chunk has come since this last said so.
     *
     * @param receivedBytes what all connections that there are now have received; less than before where one is gone
     */
    boolean isComing(long receivedBytes) {
        boolean coming = receivedBytes - countedBytes >= ENOUGH_BYTES;
        if (coming || receivedBytes < countedBytes) {
            countedBytes = receivedBytes;
        }
        return coming;
    }
}
