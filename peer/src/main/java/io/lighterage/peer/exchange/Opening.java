package io.lighterage.peer.exchange;

import java.util.ArrayList;
import java.util.List;
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

    /** Those of them that were taken out; the thread that runs the opening uses it. */
    final List<Openings.Answer> early = new ArrayList<>();

    /** Whether nodes are asked, so that what they say counts. */
    volatile boolean asksNodes;

    Opening(Optional<BlobSource> source) {
        this.source = source;
    }
}
