package io.lighterage.peer.exchange;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.grant.Grant;
import io.lighterage.peer.grant.GrantBook;
import io.lighterage.peer.wire.Frame;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** The questions about blobs that a node asks other hosts, each with what shows that it may read the blob. */
final class Inquiries {
    private final SwarmState state;
    private final GrantBook grants;

    Inquiries(SwarmState state, GrantBook grants) {
        this.state = state;
        this.grants = grants;
    }

    private static Optional<Frame.Origin> origin(Optional<BlobSource> source) {
        return source.map(s -> new Frame.Origin(s.repository(), s.authorization()));
    }

    /** Asks the supernode of a blob, and for its chunk if it has just one; {@code false} if it is not there. */
    boolean askSupernode(Digest digest, Opening opening) {
        return state.lockedGet(() -> {
            PeerLink link = state.supernode;
            if (link == null) {
                return false;
            }
            int request = link.number();
            opening.wants(link, request);
            show(link, digest, opening.source);
            link.connection.send(
                    new Frame.Open(digest, origin(opening.source), true, OptionalInt.of(request)));
            return true;
        });
    }

    /** What went with the question of a blob that turns out to have one chunk counts as asked for; else it never was. */
    void wanted(PeerLink link, Transfer transfer, int request) {
        state.locked(() -> {
            if (transfer.skipsSwarm() && state.supernode == link) {
                link.requests.put(request, new PeerLink.Request(transfer, Frame.ANY));
                transfer.choices++;
            }
        });
    }

    /** Asks every connected node of a blob that is not in {@code told}, which takes them in; answers how many. */
    int askNodes(Frame.Open question, Optional<BlobSource> source, Set<PeerLink> told) {
        return state.lockedGet(() -> {
            List<PeerLink> nodes =
                    state.links.values().stream().filter(l -> !l.isSupernode() && told.add(l)).toList();
            nodes.forEach(l -> {
                show(l, question.digest(), source);
                l.connection.send(question);
            });
            return nodes.size();
        });
    }

    /**
     * Asks the supernode, which is there, about a transfer. Under the lock.
     *
     * @param table whether it is to send its table, though it may think that it did
     */
    void subscribe(Transfer transfer, boolean table) {
        subscribed(transfer);
        show(state.supernode, transfer.digest(), transfer.source);
        state.supernode.connection.send(new Frame.Open(transfer.digest(), origin(transfer.source), table));
    }

    /** The supernode, which is there, was asked about a transfer. Under the lock. */
    void subscribed(Transfer transfer) {
        transfer.openedNs = System.nanoTime();
        state.supernode.opened.add(transfer.digest());
    }

    /** Asks a node about a transfer, if that was not done. Under the lock. */
    void open(PeerLink link, Transfer transfer) {
        if (link.opened.add(transfer.digest())) {
            show(link, transfer.digest(), transfer.source);
            link.connection.send(new Frame.Open(transfer.digest(), Optional.empty(), transfer.byNodes));
        }
    }

    /** Asks a node for the one chunk of a transfer, which the supernode has it pass on. Under the lock. */
    void relay(PeerLink link, Transfer transfer, int request) {
        show(link, transfer.digest(), transfer.source);
        link.connection.send(
                new Frame.Open(transfer.digest(), Optional.empty(), false, OptionalInt.of(request)));
    }

    /**
     * The supernode gave a grant: nodes that something is read from by its right are shown it before the last one ends.
     */
    void renewed(Grant grant) {
        state.locked(() -> state.transfers.values().stream()
                .filter(t -> grant.blob().isEmpty() || grant.blob().get().equals(t.digest()))
                .filter(t -> t.source.map(BlobSource::repository).filter(grant.repository()::equals).isPresent())
                .forEach(t -> state.links.values().stream()
                        .filter(link -> !link.isSupernode() && link.opened.contains(t.digest()))
                        .forEach(link -> {
                            show(link, t.digest(), t.source);
                            link.connection.send(new Frame.Open(t.digest(), Optional.empty(), false));
                        })));
    }

    /** Shows the other side that this node may read a blob, if it can. */
    private void show(PeerLink link, Digest digest, Optional<BlobSource> source) {
        source.flatMap(s -> grants.toShow(digest, s.repository()))
                .filter(token -> link.isNews(token))
                .ifPresent(token -> link.connection.send(new Frame.Granted(token)));
    }
}
