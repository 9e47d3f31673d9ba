package io.lighterage.supernode.tracker;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.exchange.BlobUnavailableException;
import io.lighterage.peer.exchange.Uploads;
import io.lighterage.peer.exchange.Uploads.Upload;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.swarm.GiveOut;
import io.lighterage.peer.swarm.Neighbour;
import io.lighterage.peer.swarm.Pace;
import io.lighterage.peer.swarm.Relays;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.Frame;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * The state of the supernode in the swarm. Everything mutable here and in {@link Tracker}, {@link Session} and
 * {@link GiveOut} is guarded by one lock. {@link Uploads} calls {@link #next} with its own lock held, so nothing here
 * calls {@code Uploads} under the lock.
 */
final class SupernodeSwarm implements Uploads.Chooser {
    private static final long SHOW_PATIENCE_NS = TimeUnit.MILLISECONDS.toNanos(Pace.SHOW_PATIENCE_MILLIS);
    private static final long LINGER_NS = TimeUnit.SECONDS.toNanos(60);
    private static final int MOST_PARKED_PER_NODE = 1024;
    private static final int MOST_OPEN = 2048;

    private final ReentrantLock lock = new ReentrantLock();
    private final Tracker tracker = new Tracker(new SplittableRandom());
    private final GiveOut<Connection, Digest, Integer> giveOut = new GiveOut<>(SHOW_PATIENCE_NS);
    private final Relays<Connection, Digest> relays = new Relays<>(SupernodeSwarm::distance);
    private final Map<Digest, Session> sessions = new HashMap<>();

    /** Those of which entries have arrived since {@link #flush}. */
    private final Set<Session> fresh = new HashSet<>();

    private final Map<Connection, Asked> asked = new HashMap<>();

    /** What a connected node asked about. */
    private static final class Asked {
        /** Blobs that it opened and did not close, and that were not refused. */
        final Set<Digest> open = new HashSet<>();

        int unanswered;
    }

    /** The session of a blob, begun if there is none. */
    Session session(StoredBlob blob) {
        return locked(() -> sessionOf(blob));
    }

    private Session sessionOf(StoredBlob blob) {
        Digest digest = blob.info().digest();
        Session known = sessions.get(digest);
        if (known != null && known.blob == blob) {
            return known;
        }
        fresh.remove(known);
        Session session = new Session(blob);
        sessions.put(digest, session);
        relays.remove(digest);
        giveOut.remove(digest);
        giveOut.usable(digest, blob.present());
        return session;
    }

    Optional<Session> session(Digest digest) {
        return locked(() -> Optional.ofNullable(sessions.get(digest)));
    }

    int sessionCount() {
        return locked(sessions::size);
    }

    int trackedBlobs() {
        return locked(tracker::blobCount);
    }

    void join(Connection node) {
        locked(() -> asked.put(node, new Asked()));
    }

    /** A node opens a blob; {@code false} if it has too many open or unanswered, so that it is to be refused. */
    boolean opening(Connection node, Digest digest) {
        return locked(() -> {
            Asked of = asked.get(node);
            if (of == null || of.unanswered >= MOST_OPEN || of.open.size() >= MOST_OPEN && !of.open.contains(digest)) {
                return false;
            }
            of.unanswered++;
            of.open.add(digest);
            return true;
        });
    }

    /** A node's question is answered: it is told of the table and of others, and others will be told of it. */
    void subscribe(Connection node, StoredBlob blob, boolean again) {
        Digest digest = blob.info().digest();
        locked(() -> {
            Asked of = asked.get(node);
            if (of == null) {
                return null;
            }
            of.unanswered--;
            if (!of.open.contains(digest)) {
                // It closed the blob while upstream was asked.
                return null;
            }
            Session session = sessionOf(blob);
            boolean starves = session.subscribe(node, again);
            holds(node, digest);
            if (!session.skipsSwarm()) {
                // Else everybody is given it here, sooner than others could be asked.
                tell(node, digest, starves);
            }
            return null;
        });
    }

    private void holds(Connection node, Digest digest) {
        tellAnew(digest, tracker.holds(node, digest));
    }

    /** What these nodes have to bring into their racks has changed. */
    private void tellAnew(Digest digest, List<Connection> nodes) {
        Session session = sessions.get(digest);
        if (session == null || session.skipsSwarm()) {
            return;
        }
        for (Connection node : nodes) {
            if (session.subscribers.containsKey(node)) {
                node.send(tracker.proposeAnew(digest, node));
            }
        }
    }

    /** Tells a node of others, if there are any. */
    private void tell(Connection node, Digest digest, boolean starves) {
        tracker.propose(digest, node, starves).ifPresent(node::send);
    }

    /** Proposes to a node those that hold a blob, if there are any. */
    void propose(Connection node, Digest digest) {
        locked(() -> {
            tell(node, digest, false);
            return null;
        });
    }

    /** A node's question is answered by a refusal. */
    void refused(Connection node, Digest digest) {
        locked(() -> {
            Asked of = asked.get(node);
            if (of != null) {
                of.unanswered--;
                of.open.remove(digest);
            }
            return null;
        });
    }

    /** A node is no longer interested in a blob; what it holds of it, it still holds. */
    void unsubscribe(Connection node, Digest digest) {
        locked(() -> {
            Asked of = asked.get(node);
            if (of != null) {
                of.open.remove(digest);
            }
            Session session = sessions.get(digest);
            if (session != null && session.subscribers.remove(node) != null && session.subscribers.isEmpty()) {
                session.idleSinceNs = System.nanoTime();
            }
            giveOut.close(node, digest);
            return null;
        });
    }

    void leave(Connection node) {
        locked(() -> {
            asked.remove(node);
            sessions.values().forEach(session -> {
                if (session.subscribers.remove(node) != null && session.subscribers.isEmpty()) {
                    session.idleSinceNs = System.nanoTime();
                }
            });
            giveOut.leave(node);
            relays.leave(node);
            tracker.leave(node).forEach(this::tellAnew);
            return null;
        });
    }

    /** A node holds chunks of a blob; answers whether that is all of one which skips the swarm: then it is closed. */
    boolean holds(Connection node, Frame.Have have) {
        return locked(() -> {
            holds(node, have.digest());
            Session session = sessions.get(have.digest());
            if (session != null && have.chunks().size() == session.blob.info().chunkCount()) {
                giveOut.holds(node, have.digest(), have.chunks(), System.nanoTime());
            }
            return GiveOut.skipsSwarm(have.chunks().size()) && have.chunks().isFull();
        });
    }

    /** A node leaves the choice of a chunk to the supernode; {@code false} if it has left too many open already. */
    boolean park(Connection node, Digest digest, int request) {
        return locked(() -> giveOut.parkedBy(node) < MOST_PARKED_PER_NODE && giveOut.park(node, digest, request));
    }

    /**
     * Has a node ask another for a blob of one chunk, if there is one that was sent it and {@code full} is true; else the
     * blob is to be sent from here, and that node is one that others may be told to ask.
     *
     * @param full whether the way from here to the node is full
     */
    boolean handOn(Connection node, Digest digest, int request, boolean full) {
        return locked(() -> {
            Session session = sessions.get(digest);
            if (session == null || !session.skipsSwarm()) {
                return false;
            }
            Optional<Connection> relay = full ? relays.relay(node, digest) : Optional.empty();
            if (relay.isEmpty() && node.peer().port() != 0) {
                relays.sent(node, digest);
            }
            relay.ifPresent(other -> {
                node.send(new Frame.Later(request, Pace.RELAY_MILLIS));
                node.send(Tracker.named(digest, other));
            });
            return relay.isPresent();
        });
    }

    private static Neighbour.Distance distance(Connection one, Connection other) {
        return Neighbour.Distance.between(
                one.peer().rack(), one.peer().zone(), other.peer().rack(), other.peer().zone());
    }

    void cancel(Connection node, int request) {
        locked(() -> {
            giveOut.cancel(node, request);
            return null;
        });
    }

    /** A chunk came from upstream. */
    void arrived(StoredBlob blob, int index) {
        Session session = locked(() -> {
            Session known = sessionOf(blob);
            known.arrived(index);
            fresh.add(known);
            giveOut.usable(blob.info().digest(), blob.info().chunkCount(), index);
            return known;
        });
        session.progress.arrived(index);
    }

    /** Tells everybody what has arrived since the last time. */
    void flush() {
        locked(() -> {
            fresh.forEach(Session::flush);
            fresh.clear();
            return null;
        });
    }

    /**
     * Forgets what nobody has wanted for a while, and takes back gifts that were not shown.
     *
     * @param read whether a blob is being read from upstream now
     */
    void sweep(Predicate<Digest> read) {
        locked(() -> {
            long nowNs = System.nanoTime();
            giveOut.expire(nowNs);
            sessions.entrySet().removeIf(entry -> {
                Session session = entry.getValue();
                boolean idle = session.subscribers.isEmpty()
                        && nowNs - session.idleSinceNs > LINGER_NS
                        && (session.blob.isComplete() || !read.test(entry.getKey()));
                if (idle) {
                    relays.remove(entry.getKey());
                    giveOut.remove(entry.getKey());
                    session.progress.failed(new BlobUnavailableException(
                            "blob " + entry.getKey() + " is no longer read from upstream"));
                }
                return idle;
            });
            return null;
        });
    }

    /** Ends a session; answers those who waited for it. */
    List<Connection> fail(Digest digest, BlobUnavailableException why) {
        Session failed = locked(() -> {
            relays.remove(digest);
            giveOut.remove(digest);
            Session session = sessions.remove(digest);
            fresh.remove(session);
            if (session != null) {
                session.subscribers.keySet().forEach(node -> asked.get(node).open.remove(digest));
            }
            return session;
        });
        if (failed == null) {
            return List.of();
        }
        failed.progress.failed(why);
        return List.copyOf(failed.subscribers.keySet());
    }

    /** Forgets a blob that was withdrawn; answers those who hold or want it. */
    Set<Connection> withdraw(Digest digest, BlobUnavailableException why) {
        List<Connection> waiting = fail(digest, why);
        return locked(() -> {
            Set<Connection> told = new LinkedHashSet<>(tracker.nodes(digest));
            told.addAll(waiting);
            tracker.forget(digest);
            return told;
        });
    }

    @Override
    public Optional<Upload> next(ToIntFunction<Connection> load, int most, long nowNs) {
        return locked(() -> giveOut.next(load, most, nowNs).map(gift -> {
            // The entry must reach the node before the chunk that it verifies.
            sessions.get(gift.blob()).tell(gift.peer(), gift.index());
            return new Upload(gift.peer(), gift.want(), gift.blob(), gift.index(), Priority.PREFETCH);
        }));
    }

    @Override
    public boolean isOnItsWay(Connection node, Digest digest, int index, long nowNs) {
        return locked(() -> giveOut.isOnItsWay(node, digest, index, nowNs));
    }

    @Override
    public boolean hasWork() {
        return locked(giveOut::hasGifts);
    }

    /** Every read that waits ends with {@code why}. */
    void close(BlobUnavailableException why) {
        for (Session session : locked(() -> new ArrayList<>(sessions.values()))) {
            session.progress.failed(why);
        }
    }

    private <T> T locked(Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }
}
