package io.lighterage.peer.exchange;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The first question about a blob that is not known here, on its way. One is under way for each blob at a time.
 */
final class Opening {
    final Optional<BlobSource> source;
    final CompletableFuture<Transfer> transfer = new CompletableFuture<>();

    /** What others said of the blob so far, in order. */
    final LinkedBlockingQueue<Openings.Answer> answers = new LinkedBlockingQueue<>();

    Opening(Optional<BlobSource> source) {
        this.source = source;
    }
}
