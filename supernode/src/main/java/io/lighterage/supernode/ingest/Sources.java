package io.lighterage.supernode.ingest;

import io.lighterage.peer.exchange.BlobSource;
import java.util.LinkedHashSet;

/**
 * The sources that one blob may be read from: the one that upstream accepted, and those of others who asked since. When
 * one stops working, for example because its token expired, the next is used. Safe for use by several threads.
 */
final class Sources {
    private static final int MOST = 64;

    private final LinkedHashSet<BlobSource> usable = new LinkedHashSet<>();

    Sources(BlobSource accepted) {
        usable.add(accepted);
    }

    /** Takes in another of the same repository; what another repository would give is another's. */
    synchronized void add(BlobSource source) {
        if (usable.size() < MOST && source.repository().equals(usable.getFirst().repository())) {
            usable.add(source);
        }
    }

    /** The source to read from; the same one as long as it works. */
    synchronized BlobSource first() {
        return usable.getFirst();
    }

    /** Does not use {@code source} again if there is another; answers whether there is. */
    synchronized boolean failed(BlobSource source) {
        if (usable.size() > 1) {
            usable.remove(source);
        }
        return !usable.getFirst().equals(source);
    }
}
