package io.lighterage.peer.exchange;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.swarm.Neighbourhood;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.Frame;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * What a node knows of the swarm now. Everything mutable here, in {@link PeerLink}, {@link Transfer}, {@link Requests},
 * {@link News} and {@code peer.swarm} is guarded by one lock, held for microseconds; disk work is done outside of it.
 */
final class SwarmState {
    final Map<Connection, PeerLink> links = new LinkedHashMap<>();

    /** The same hosts, as decisions see them. */
    final Neighbourhood neighbourhood = new Neighbourhood();

    final Map<Digest, Transfer> transfers = new LinkedHashMap<>();

    /** Its link, or null while it is away. */
    PeerLink supernode;

    /** Since when it has been away, by {@link System#nanoTime}, if it is. */
    long supernodeGoneNs = System.nanoTime();

    /** When a chunk of any transfer last came, or as much of several. */
    long lastArrivalNs = System.nanoTime();

    boolean closed;

    private final ReentrantLock lock = new ReentrantLock();

    /** What may throw under the lock. */
    interface Action<T, E extends Exception> {
        T run() throws E;
    }

    void locked(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }

    <T> T lockedGet(Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    <T, E extends Exception> T lockedThrowing(Action<T, E> action) throws E {
        lock.lock();
        try {
            return action.run();
        } finally {
            lock.unlock();
        }
    }

    /** Whether {@code link} is not closed; one that is would be asked in vain. Under the lock. */
    boolean isOpen(PeerLink link) {
        return links.get(link.connection) == link;
    }

    /** What all links that there are have received so far. Under the lock. */
    long receivedBytes() {
        return links.values().stream().mapToLong(link -> link.connection.bytesReceived()).sum();
    }

    /** Whether the supernode has been away for longer than {@code grace}. Under the lock. */
    boolean isSupernodeGone(Duration grace, long nowNs) {
        return supernode == null && nowNs - supernodeGoneNs > grace.toNanos();
    }

    /** Ends a transfer: every reader of it gets {@code why}. What is in the store stays for the next try. */
    void fail(Transfer transfer, BlobUnavailableException why) {
        locked(() -> release(transfer));
        transfer.progress.failed(why);
    }

    /** Takes a transfer out of the swarm: nothing of it is outstanding any more, and nobody need tell of it. Under the lock. */
    void release(Transfer transfer) {
        transfer.ended = true;
        transfers.remove(transfer.digest(), transfer);
        for (PeerLink link : links.values()) {
            transfer.download.leave(link.neighbour);
            link.requests.values().removeIf(r -> r.transfer() == transfer);
            if (link.opened.remove(transfer.digest()) && !(link.isSupernode() && transfer.isTold())) {
                link.connection.send(new Frame.Close(transfer.digest()));
            }
        }
    }
}
