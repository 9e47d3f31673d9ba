package io.lighterage.supernode.tracker;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.BlobRefusedException;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.BlobUnavailableException;
import io.lighterage.peer.exchange.Doorkeeper;
import io.lighterage.peer.grant.GrantBook;
import io.lighterage.peer.grant.GrantIssuer;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.Frame;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which node may read which blob here, and the grants by which it reads it elsewhere.
 *
 * <p>A node is admitted by a grant of its own that is still good, or by the right of its client. It is looked at when a
 * node opens a blob; a chunk costs no more than a look into a set. Safe for use by several threads.
 */
final class Admission {
    private static final int MOST_READABLE = 4096;

    private final Doorkeeper door;
    private final GrantIssuer issuer;
    private final GrantBook grants;
    private final Map<Connection, Visitor> visitors = new ConcurrentHashMap<>();

    private record Visitor(GrantBook.Bearer bearer, Map<Digest, Long> readable) {}

    Admission(Doorkeeper door, GrantIssuer issuer, GrantBook grants) {
        this.door = door;
        this.issuer = issuer;
        this.grants = grants;
    }

    void join(Connection node) {
        visitors.put(node, new Visitor(grants.bearer(node.peer().id()), new ConcurrentHashMap<>()));
    }

    void leave(Connection node) {
        visitors.remove(node);
    }

    /** A node shows a grant, which is one of this supernode or worth nothing. */
    void shown(Connection node, byte[] token) {
        Visitor visitor = visitors.get(node);
        if (visitor != null) {
            visitor.bearer.show(token);
        }
    }

    /**
     * Lets a node read the blob that it opens, and gives it the grant to read it elsewhere once it is known where it
     * is.
     *
     * @param held whether bytes of the blob are here; where none are, it is to be admitted again when they come
     * @return where upstream has it, if the node said so
     * @throws BlobRefusedException if the node may not
     */
    Optional<BlobSource> admit(Connection node, Frame.Open open, boolean held)
            throws BlobUnavailableException, InterruptedException {
        Visitor visitor = visitors.get(node);
        if (visitor == null) {
            throw new BlobUnavailableException("the node is gone");
        }
        Digest digest = open.digest();
        Optional<BlobSource> source = open.origin().map(o -> new BlobSource(o.repository(), o.authorization()));
        boolean goesOn = isReadable(node, digest);
        OptionalLong granted = goesOn ? OptionalLong.of(issuer.expiryMs()) : visitor.bearer.mayRead(digest);
        if (granted.isEmpty()) {
            if (source.isEmpty()) {
                visitor.bearer.refused();
                throw new BlobRefusedException(digest, new Frame.Refusal(
                        401, "", "", "no grant was shown for the blob".getBytes(StandardCharsets.US_ASCII)));
            }
            door.admit(digest, source.get(), held);
        }
        if (held) {
            if (visitor.readable.size() >= MOST_READABLE) {
                throw new BlobUnavailableException("the node has too many blobs open");
            }
            visitor.readable.put(digest, granted.orElseGet(issuer::expiryMs));
        }
        source.map(BlobSource::repository).ifPresent(repository -> grant(node, repository, digest, granted));
        return source;
    }

    /**
     * Where the blob is not known to be in the repository, nodes that know it may still give it. No right to a
     * repository comes out of an earlier grant: upstream would never be asked again. What upstream lets everybody read is
     * not for one node alone: one signature does for all of them.
     */
    private void grant(Connection node, Repository repository, Digest digest, OptionalLong byGrantUntilMs) {
        Optional<Digest> known = Optional.of(digest).filter(blob -> grants.links().contains(repository, blob));
        boolean open = door.isPublic(repository);
        if (byGrantUntilMs.isPresent() && !open) {
            known.ifPresent(blob -> node.send(new Frame.Granted(
                    issuer.issueAlone(repository, blob, node.peer().id(), byGrantUntilMs.getAsLong()))));
            return;
        }
        Optional<UUID> bearer = open ? Optional.empty() : Optional.of(node.peer().id());
        node.send(new Frame.Granted(issuer.issue(repository, known, bearer)));
    }

    boolean isReadable(Connection node, Digest digest) {
        Visitor visitor = visitors.get(node);
        Long untilMs = visitor == null ? null : visitor.readable.get(digest);
        return untilMs != null && grants.isCurrent(untilMs);
    }

    void close(Connection node, Digest digest) {
        Visitor visitor = visitors.get(node);
        if (visitor != null) {
            visitor.readable.remove(digest);
        }
    }

    void accepted(Digest digest, BlobSource source, boolean fresh) {
        door.gave(digest, source, fresh);
    }
}
