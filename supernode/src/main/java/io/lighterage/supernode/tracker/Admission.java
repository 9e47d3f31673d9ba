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
import java.util.Arrays;
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
    private static final int MOST_GIVEN = 1024;

    private final Doorkeeper door;
    private final GrantIssuer issuer;
    private final GrantBook grants;
    private final Map<Connection, Visitor> visitors = new ConcurrentHashMap<>();

    /** @param given the last grant for each repository that named no blob, which is not sent again */
    private record Visitor(GrantBook.Bearer bearer, Map<Digest, Long> readable, Map<Repository, byte[]> given) {}

    /**
     * By what a node was admitted.
     *
     * @param source where upstream has the blob, if the node said so
     * @param byGrantUntilMs when the grant ends by which it was admitted; none if that was by its client's right
     */
    record Admitted(Optional<BlobSource> source, OptionalLong byGrantUntilMs) {}

    Admission(Doorkeeper door, GrantIssuer issuer, GrantBook grants) {
        this.door = door;
        this.issuer = issuer;
        this.grants = grants;
    }

    void join(Connection node) {
        visitors.put(node, new Visitor(
                grants.bearer(node.peer().id()), new ConcurrentHashMap<>(), new ConcurrentHashMap<>()));
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
     * Lets a node read the blob that it opens.
     *
     * @param held whether bytes of the blob are here; where none are, it is to be admitted again when they come
     * @throws BlobRefusedException if the node may not
     */
    Admitted admit(Connection node, Frame.Open open, boolean held)
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
        return new Admitted(source, granted);
    }

    /**
     * Gives a node that was admitted the grant to read elsewhere. Where the blob is not known to be in the repository,
     * nodes that know it may still give it. No right to a
     * repository comes out of an earlier grant: upstream would never be asked again. What upstream lets everybody read is
     * not for one node alone: one signature does for all of them.
     */
    void grant(Connection node, Digest digest, Admitted admitted) {
        admitted.source.map(BlobSource::repository).ifPresent(repository -> grant(
                node, repository, Optional.of(digest).filter(blob -> grants.links().contains(repository, blob)),
                admitted.byGrantUntilMs));
    }

    /**
     * Gives a node that was admitted to a blob which skips the swarm no more than the grant for the repository, and
     * that once: what it reads here it does not read elsewhere, and a signature costs more than the blob.
     */
    void grantRepository(Connection node, Admitted admitted) {
        admitted.source.map(BlobSource::repository).ifPresent(repository -> grant(
                node, repository, Optional.empty(), admitted.byGrantUntilMs));
    }

    private void grant(
            Connection node, Repository repository, Optional<Digest> known, OptionalLong byGrantUntilMs) {
        boolean open = door.isPublic(repository);
        if (byGrantUntilMs.isPresent() && !open) {
            known.ifPresent(blob -> node.send(new Frame.Granted(
                    issuer.issueAlone(repository, blob, node.peer().id(), byGrantUntilMs.getAsLong()))));
            return;
        }
        Optional<UUID> bearer = open ? Optional.empty() : Optional.of(node.peer().id());
        byte[] token = issuer.issue(repository, known, bearer);
        Visitor visitor = visitors.get(node);
        if (visitor != null && visitor.given.size() >= MOST_GIVEN) {
            visitor.given.clear();
        }
        if (known.isPresent() || visitor == null || !Arrays.equals(visitor.given.put(repository, token), token)) {
            node.send(new Frame.Granted(token));
        }
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
