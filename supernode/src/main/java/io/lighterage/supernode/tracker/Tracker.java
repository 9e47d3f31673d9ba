package io.lighterage.supernode.tracker;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.swarm.Neighbour.Distance;
import io.lighterage.peer.swarm.Neighbourhood;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.Hello;
import io.lighterage.peer.wire.PeerAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Who holds or fetches what: soft state, rebuilt from what nodes announce. Not safe for use by several threads; the
 * supernode's lock guards it.
 */
final class Tracker {
    /** How many blobs one node may announce; more are not remembered. */
    private static final int MOST_BLOBS_PER_NODE = 100_000;

    private final Map<Digest, Set<Connection>> holders = new HashMap<>();
    private final Map<Connection, Set<Digest>> blobs = new HashMap<>();
    private final RandomGenerator random;

    Tracker(RandomGenerator random) {
        this.random = random;
    }

    /** {@code node} holds or fetches a blob, and may be proposed to others. */
    void holds(Connection node, Digest digest) {
        Set<Digest> known = blobs.computeIfAbsent(node, n -> new HashSet<>());
        if (known.size() < MOST_BLOBS_PER_NODE && known.add(digest)) {
            holders.computeIfAbsent(digest, d -> new LinkedHashSet<>()).add(node);
        }
    }

    /** The nodes that hold or fetch a blob. */
    Set<Connection> nodes(Digest digest) {
        return Set.copyOf(holders.getOrDefault(digest, Set.of()));
    }

    /** Nobody holds the blob any more: it was withdrawn. */
    void forget(Digest digest) {
        holders.remove(digest);
        blobs.values().forEach(known -> known.remove(digest));
    }

    /** A node is gone, and what it held with it. */
    void leave(Connection node) {
        Set<Digest> known = blobs.remove(node);
        if (known != null) {
            for (Digest digest : known) {
                Set<Connection> nodes = holders.get(digest);
                if (nodes != null && nodes.remove(node) && nodes.isEmpty()) {
                    holders.remove(digest);
                }
            }
        }
    }

    /** Number of blobs that some node holds or fetches. */
    int blobCount() {
        return holders.size();
    }

    /** The nodes to propose to {@code asker} as sources of a blob. */
    List<PeerAddress> propose(Digest digest, Connection asker) {
        List<Connection> candidates = new ArrayList<>(holders.getOrDefault(digest, Set.of()));
        candidates.removeIf(node -> node == asker || node.peer().port() == 0);
        Hello self = asker.peer();
        return Neighbourhood.choose(
                        candidates,
                        node -> Distance.between(self.rack(), self.zone(), node.peer().rack(), node.peer().zone()),
                        Neighbourhood.SIZE,
                        random)
                .stream()
                .map(Tracker::address)
                .toList();
    }

    private static PeerAddress address(Connection node) {
        Hello hello = node.peer();
        InetSocketAddress seen = node.remoteAddress();
        String host = hello.host().isEmpty() ? seen.getAddress().getHostAddress() : hello.host();
        return new PeerAddress(hello.id(), host, hello.port(), hello.rack(), hello.zone());
    }
}
