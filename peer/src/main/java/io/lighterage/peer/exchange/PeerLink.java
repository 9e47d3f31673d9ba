package io.lighterage.peer.exchange;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.grant.GrantBook;
import io.lighterage.peer.swarm.Neighbour;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.Hello;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** What a node keeps for one connection. Guarded by the lock of {@link SwarmExchange}. */
final class PeerLink {
    /** A want that was sent; {@code index} is {@link io.lighterage.peer.wire.Frame#ANY} where the supernode chooses. */
    record Request(Transfer transfer, int index) {}

    /** How many blobs one host may ask to be told about. */
    static final int MOST_INTERESTS = 4096;

    final Connection connection;
    final Neighbour neighbour;
    final Map<Integer, Request> requests = new HashMap<>();

    /** Blobs that this node opened at the other side. */
    final Set<Digest> opened = new HashSet<>();

    /** Questions of the other side that are not answered yet; safe for all threads. */
    final AtomicInteger opening = new AtomicInteger();

    private final Map<Digest, Boolean> interests = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Digest, Boolean> eldest) {
            return size() > MOST_INTERESTS;
        }
    };
    private int nextRequest;

    /** What the supernode was shown last. */
    private byte[] shownToSupernode = {};

    /** The grant that the other side has shown for the blob that it opens next; used by its event loop only. */
    byte[] shown;

    /** What the other side may read here by the grants that it showed. */
    final GrantBook.Bearer bearer;

    /** Until when the other side may read the blobs that it has opened here; safe for all threads. */
    private final Map<Digest, Long> readable = new ConcurrentHashMap<>();

    private final GrantBook grants;

    /** @param supernode whether this is the connection that this node's dialer opened to the supernode */
    PeerLink(Connection connection, Hello self, boolean supernode, GrantBook grants) {
        Hello peer = connection.peer();
        this.grants = grants;
        this.bearer = grants.bearer(peer.id());
        this.connection = connection;
        this.neighbour = new Neighbour(
                this,
                Neighbour.Distance.between(self.rack(), self.zone(), peer.rack(), peer.zone()),
                supernode,
                !self.rack().equals(peer.rack()) || !self.zone().equals(peer.zone()));
    }

    boolean isSupernode() {
        return neighbour.isSupernode();
    }

    /** Whether the other side may read the blob here; asked when it opens one. */
    boolean admit(Digest digest) {
        OptionalLong untilMs = readableUntilMs(digest);
        if (untilMs.isEmpty() || readable.size() >= MOST_INTERESTS) {
            bearer.refused();
            return false;
        }
        readable.put(digest, untilMs.getAsLong());
        return true;
    }

    /** Whether the other side may read the blob here now. */
    boolean mayRead(Digest digest) {
        boolean may = readableUntilMs(digest).isPresent();
        if (!may) {
            bearer.refused();
        }
        return may;
    }

    private OptionalLong readableUntilMs(Digest digest) {
        return isSupernode() ? OptionalLong.of(Long.MAX_VALUE) : bearer.mayRead(digest);
    }

    /**
     * Whether the other side has opened the blob here with the right to, and still has it; asked for each chunk, so no
     * more than a look.
     */
    boolean isReadable(Digest digest) {
        Long untilMs = readable.get(digest);
        return untilMs != null && grants.isCurrent(untilMs);
    }

    /** The other side opened the blob here. */
    void interested(Digest digest) {
        interests.put(digest, true);
    }

    void notInterested(Digest digest) {
        interests.remove(digest);
        readable.remove(digest);
    }

    /** The supernode is told of every blob: that is how it knows who holds what. */
    boolean isInterested(Digest digest) {
        return isSupernode() || interests.containsKey(digest);
    }

    /**
     * Whether a grant must be shown: a node looks at the one that precedes a question, the supernode remembers all.
     * Under the lock.
     */
    boolean isNews(byte[] token) {
        boolean known = isSupernode() && Arrays.equals(token, shownToSupernode);
        shownToSupernode = token;
        return !known;
    }

    /** Numbers a want. */
    int register(Request request) {
        int number = number();
        requests.put(number, request);
        return number;
    }

    /** A number for a want of a blob that is not known yet. */
    int number() {
        return nextRequest++;
    }
}
