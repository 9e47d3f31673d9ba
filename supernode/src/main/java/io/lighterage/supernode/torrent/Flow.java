package io.lighterage.supernode.torrent;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What is on its way to one client: bytes that were asked of the library and bytes that came from it and wait for the
 * client. Together they are {@link #WINDOW} at most, so the library can always get rid of what it has, and a client
 * that does not read costs that much memory. Its own lock guards it.
 */
final class Flow {
    /** Bytes on the way to one client at most. */
    static final int WINDOW = 512 << 10;

    private final Deque<ByteBuffer> waiting = new ArrayDeque<>();
    private long asked;
    private long queued;
    private boolean closed;
    private long askedSinceNs;
    private long progressNs = System.nanoTime();

    /** Waits until {@code bytes} more may be asked for; false if the client is gone. */
    synchronized boolean ask(int bytes) throws InterruptedException {
        while (!closed && asked + queued > 0 && asked + queued + bytes > WINDOW) {
            wait();
        }
        if (asked == 0) {
            askedSinceNs = System.nanoTime();
        }
        asked += bytes;
        return !closed;
    }

    /**
     * Takes a message of the library for the client.
     *
     * @param answered how many of the bytes that were asked for it brings
     */
    synchronized void offer(ByteBuffer message, int answered) {
        asked = Math.max(0, asked - answered);
        askedSinceNs = System.nanoTime();
        if (waiting.isEmpty()) {
            progressNs = askedSinceNs;
        }
        queued += message.remaining();
        waiting.add(message);
        notifyAll();
    }

    /** The next message for the client; null when it is gone. */
    synchronized ByteBuffer next() throws InterruptedException {
        while (!closed && waiting.isEmpty()) {
            wait();
        }
        return closed ? null : waiting.peek();
    }

    /** The client took {@code bytes} of the first message. */
    synchronized void took(int bytes) {
        queued -= bytes;
        progressNs = System.nanoTime();
        if (!waiting.peek().hasRemaining()) {
            waiting.remove();
        }
        notifyAll();
    }

    /** How long the client has taken nothing of what waits for it, in nanoseconds; 0 if nothing waits. */
    synchronized long stalledNs(long nowNs) {
        return waiting.isEmpty() ? 0 : nowNs - progressNs;
    }

    /** How long the library has sent nothing of what was asked of it, in nanoseconds; 0 if nothing was asked. */
    synchronized long unansweredNs(long nowNs) {
        return asked == 0 ? 0 : nowNs - askedSinceNs;
    }

    /** Whether nothing is on its way. */
    synchronized boolean isIdle() {
        return asked + queued == 0;
    }

    /** Ends all waits. */
    synchronized void close() {
        closed = true;
        waiting.clear();
        notifyAll();
    }
}
