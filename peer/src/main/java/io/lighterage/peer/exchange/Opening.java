package io.lighterage.peer.exchange;

import io.lighterage.peer.wire.Frame;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalInt;
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
    final Deque<Openings.Answer> early = new ArrayDeque<>();

    /** Whether nodes are asked, so that what they say counts. */
    volatile boolean asksNodes;

    /** Whom the last question with a want went to, and the number of that. */
    private PeerLink wantedOf;

    private int request;
    private boolean closed;

    Opening(Optional<BlobSource> source) {
        this.source = source;
    }

    /** A question goes out, and with it a want that may be answered before it is known what the blob is. */
    synchronized void wants(PeerLink of, int number) {
        wantedOf = of;
        request = number;
    }

    /** The number of the want that went with the last question, if that went to {@code of}. */
    synchronized OptionalInt wanted(PeerLink of) {
        return of == wantedOf ? OptionalInt.of(request) : OptionalInt.empty();
    }

    /** Keeps what answers the want {@code number}, if it is that one; not after {@link #close} was called. */
    synchronized boolean keeps(PeerLink from, int number, Frame answer) {
        boolean mine = !closed && from == wantedOf && number == request;
        if (mine) {
            answers.add(new Openings.Answer(from, answer));
        }
        return mine;
    }

    /** Puts all that was said and not taken out behind {@link #early}; no answer is kept from now on. */
    synchronized void close() {
        closed = true;
        answers.drainTo(early);
    }
}
