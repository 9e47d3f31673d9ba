package io.lighterage.supernode.tracker;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.swarm.Introductions;
import io.lighterage.peer.swarm.Share;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.Frame;
import io.lighterage.peer.wire.Hello;
import io.lighterage.peer.wire.PeerAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Who holds or fetches what: soft state, rebuilt from what nodes announce. Not safe for use by several threads; the
 * supernode's lock guards it.
 */
final class Tracker {
    /** How many blobs one node may announce; more are not remembered. */
    private static final int MOST_BLOBS_PER_NODE = 100_000;

    private final Map<Digest, Introductions<Connection>> crowds = new HashMap<>();
    private final Map<Connection, Set<Digest>> blobs = new HashMap<>();
    private final RandomGenerator random;

    Tracker(RandomGenerator random) {
        this.random = random;
    }

    /** {@code node} holds or fetches a blob, and may be proposed to others; answers who is to be told anew. */
    List<Connection> holds(Connection node, Digest digest) {
        Set<Digest> known = blobs.computeIfAbsent(node, n -> new HashSet<>());
        if (known.size() < MOST_BLOBS_PER_NODE && known.add(digest)) {
            Hello peer = node.peer();
            return crowds.computeIfAbsent(digest, d -> new Introductions<>(random)).join(node, peer.zone(), peer.rack(), peer.port() != 0);
        }
        return List.of();
    }

    /** The nodes that hold or fetch a blob. */
    Set<Connection> nodes(Digest digest) {
        Introductions<Connection> crowd = crowds.get(digest);
        return crowd == null ? Set.of() : crowd.nodes();
    }

    /** Nobody holds the blob any more: it was withdrawn. */
    void forget(Digest digest) {
        crowds.remove(digest);
        blobs.values().forEach(known -> known.remove(digest));
    }

    /** A node is gone, and what it held with it; answers who has to be told anew of others that hold a blob. */
    Map<Digest, List<Connection>> leave(Connection node) {
        Map<Digest, List<Connection>> again = new HashMap<>();
        for (Digest digest : Optional.ofNullable(blobs.remove(node)).orElse(Set.of())) {
            Introductions<Connection> crowd = crowds.get(digest);
            if (crowd != null) {
                again.put(digest, crowd.leave(node));
                if (crowd.isEmpty()) {
                    crowds.remove(digest);
                }
            }
        }
        return again;
    }

    /** Number of blobs that some node holds or fetches. */
    int blobCount() {
        return crowds.size();
    }

    /**
     * What {@code asker} is to be told of other nodes as sources of a blob; nothing if there are none.
     *
     * @param starves whether it asks again because nothing comes
     */
    Optional<Frame.Peers> propose(Digest digest, Connection asker, boolean starves) {
        Introductions<Connection> crowd = crowds.get(digest);
        if (crowd == null) {
            return Optional.empty();
        }
        Introductions.Told<Connection> told = starves ? crowd.toldAfar(asker) : crowd.told(asker);
        return told.nodes().isEmpty() ? Optional.empty() : Optional.of(frame(digest, told));
    }

    /** What a node is to be told because what it has to bring into its rack has changed. */
    Frame.Peers proposeAnew(Digest digest, Connection node) {
        return frame(digest, crowds.get(digest).toldAnew(node));
    }

    /** What a node is told that is to ask one other for a blob, and need not share any work. */
    static Frame.Peers named(Digest digest, Connection node) {
        return new Frame.Peers(digest, Share.ALL.ordinal(), Share.ALL.of(), List.of(address(node)));
    }

    private static Frame.Peers frame(Digest digest, Introductions.Told<Connection> told) {
        List<PeerAddress> peers = told.nodes().stream().map(Tracker::address).toList();
        return new Frame.Peers(digest, told.share().ordinal(), told.share().of(), peers);
    }

    private static PeerAddress address(Connection node) {
        Hello hello = node.peer();
        InetSocketAddress seen = node.remoteAddress();
        String host = hello.host().isEmpty() ? seen.getAddress().getHostAddress() : hello.host();
        return new PeerAddress(hello.id(), host, hello.port(), hello.rack(), hello.zone());
    }
}
