package io.lighterage.peer.exchange;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.StoreException;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.wire.Frame;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what a blob is that this node does not know: from the supernode, from connected nodes while there is no
 * supernode, and last from upstream. One question about a blob is under way at a time; those who ask with the same
 * credentials share its answer, others ask after it.
 */
final class Openings {
    private static final Logger LOG = LoggerFactory.getLogger(Openings.class);
    private static final long NODES_ANSWER_MILLIS = 300;

    /** Nodes that the supernode has just proposed must be connected to first. */
    private static final long PROPOSED_ANSWER_MILLIS = 3_000;

    private static final long LOOK_MILLIS = 100;
    private static final long SUPERNODE_ANSWER_SECONDS = 60;
    private static final int MOST_NODE_ANSWERS = 64;

    /** What one connection said of a blob that is being opened. */
    record Answer(PeerLink from, Frame frame) {}

    private final NodeSwarm swarm;
    private final TableReception tables;
    private final ConcurrentHashMap<Digest, Opening> underWay = new ConcurrentHashMap<>();

    Openings(NodeSwarm swarm, TableReception tables) {
        this.swarm = swarm;
        this.tables = tables;
    }

    /** The transfer of a blob, begun if there is none. */
    Transfer open(Digest digest, Optional<BlobSource> source, Duration deadline)
            throws BlobUnavailableException, InterruptedException {
        long deadlineNs = System.nanoTime() + deadline.toNanos();
        while (true) {
            Optional<Transfer> running = swarm.transfer(digest);
            if (running.isPresent()) {
                return running.get();
            }
            Optional<StoredBlob> stored = swarm.store.find(digest);
            if (stored.isPresent()) {
                if (source.isPresent() && !stored.get().isComplete()) {
                    swarm.grants.links().goOn(source.get().repository(), digest);
                }
                return swarm.begin(stored.get(), source, true);
            }
            Opening mine = new Opening(source);
            Opening opening = underWay.putIfAbsent(digest, mine);
            if (opening == null) {
                opening = mine;
                Thread.ofVirtual().name("open-" + digest.hex().substring(0, 12)).start(() -> run(digest, mine));
            }
            try {
                return opening.transfer.get(deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                throw new BlobUnavailableException("nobody told in time what blob " + digest + " is", e);
            } catch (ExecutionException e) {
                if (opening.source.equals(source)) {
                    throw e.getCause() instanceof BlobUnavailableException known
                            ? known
                            : new BlobUnavailableException("blob " + digest + ": " + e.getCause().getMessage(), e.getCause());
                }
                // Another's credentials were refused: ask with these.
            }
        }
    }

    /** Whether a question about the blob is under way. */
    boolean isUnderWay(Digest digest) {
        return underWay.containsKey(digest);
    }

    /** Takes what somebody says of a blob that is being opened. Nodes are heard only while they are asked. */
    void answered(Digest digest, PeerLink from, Frame frame) {
        Opening opening = underWay.get(digest);
        if (opening != null && (from.isSupernode()
                || opening.asksNodes && opening.answers.size() < MOST_NODE_ANSWERS)) {
            opening.answers.add(new Answer(from, frame));
        }
    }

    /** Takes a chunk that came before it was known here what its blob is; {@code false} if it is no such chunk. */
    boolean keeps(PeerLink from, Frame.Chunk chunk) {
        Opening opening = underWay.get(chunk.digest());
        return opening != null && opening.keeps(from, chunk.request(), chunk);
    }

    /** The same of another answer to a want, which does not say of which blob. */
    boolean keeps(PeerLink from, Frame.Later later) {
        return underWay.values().stream().anyMatch(opening -> opening.keeps(from, later.request(), later));
    }

    /** Waits until it is known here what a blob is, if that is being asked, and for {@code forMillis} at most. */
    void await(Digest digest, long forMillis) throws InterruptedException {
        Opening opening = underWay.get(digest);
        if (opening != null) {
            try {
                opening.transfer.get(forMillis, TimeUnit.MILLISECONDS);
            } catch (ExecutionException | TimeoutException e) {
                LOG.debug("not known what {} is: {}", digest, e.getMessage());
            }
        }
    }

    private void run(Digest digest, Opening opening) {
        try {
            Transfer transfer = find(digest, opening);
            end(digest, opening);
            opening.transfer.complete(transfer);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failed(digest, opening, e);
        } catch (IOException | RuntimeException e) {
            failed(digest, opening, e);
        }
    }

    private void failed(Digest digest, Opening opening, Exception why) {
        if (swarm.transfer(digest).isEmpty()) {
            // Else the supernode would go on telling of it.
            swarm.tellSupernode(new Frame.Close(digest));
        }
        end(digest, opening);
        opening.transfer.completeExceptionally(why);
    }

    private void end(Digest digest, Opening opening) {
        underWay.remove(digest, opening);
        opening.close();
        for (Answer answer : opening.early) {
            if (answer.frame instanceof Frame.Chunk chunk) {
                chunk.data().release();
            }
        }
    }

    private Transfer find(Digest digest, Opening opening) throws IOException, InterruptedException {
        Optional<Transfer> begun = swarm.transfer(digest);
        if (begun.isPresent()) {
            // An earlier question was answered just when this one was put: nobody would answer this one.
            return begun.get();
        }
        while (!swarm.isSupernodeGone()) {
            if (!swarm.isSupernodeThere()) {
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            } else if (swarm.inquiries.askSupernode(digest, opening)) {
                Optional<Transfer> told = await(digest, opening, TimeUnit.SECONDS.toNanos(SUPERNODE_ANSWER_SECONDS), true);
                if (told.isPresent()) {
                    return told.get();
                }
                if (swarm.isSupernodeThere()) {
                    throw new BlobUnavailableException("the supernode did not tell in time what blob " + digest + " is");
                }
            }
        }
        Optional<Transfer> toldByNodes = askNodes(digest, opening, NODES_ANSWER_MILLIS);
        if (toldByNodes.isPresent()) {
            return toldByNodes.get();
        }
        if (swarm.upstream.isEmpty() || opening.source.isEmpty()) {
            throw new BlobUnavailableException("blob " + digest + " is not here, and there is no supernode to ask");
        }
        BlobInfo info = swarm.upstream.get().describe(digest, opening.source.get());
        swarm.grants.links().begin(opening.source.get().repository(), digest);
        return swarm.begin(swarm.store.create(info), opening.source, true);
    }

    /** Asks every node that is connected, or will be before the time runs out; empty if none has the whole blob. */
    private Optional<Transfer> askNodes(Digest digest, Opening opening, long forMillis)
            throws IOException, InterruptedException {
        Frame.Open question = new Frame.Open(digest, Optional.empty(), true);
        Set<PeerLink> asked = new HashSet<>();
        opening.asksNodes = true;
        long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(forMillis);
        Optional<Transfer> told = Optional.empty();
        boolean worthWhile = true;
        while (told.isEmpty() && worthWhile && System.nanoTime() < untilNs) {
            swarm.inquiries.askNodes(question, opening.source, asked);
            told = await(digest, opening, TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS), false);
            worthWhile = !asked.isEmpty() || forMillis > NODES_ANSWER_MILLIS;
        }
        return told;
    }

    /** What the supernode cannot get from upstream now, nodes may have. */
    private Transfer refused(Digest digest, Opening opening, Frame.Refusal refusal, boolean peersProposed)
            throws IOException, InterruptedException {
        if (refusal.isOutage()) {
            Optional<Transfer> told =
                    askNodes(digest, opening, peersProposed ? PROPOSED_ANSWER_MILLIS : NODES_ANSWER_MILLIS);
            if (told.isPresent()) {
                return told.get();
            }
        }
        throw new BlobRefusedException(digest, refusal);
    }

    /** Waits for the blob's shape; empty if the supernode went away or the time ran out. */
    private Optional<Transfer> await(Digest digest, Opening opening, long forNs, boolean ofSupernode)
            throws IOException, InterruptedException {
        long untilNs = System.nanoTime() + forNs;
        while (System.nanoTime() < untilNs) {
            Answer answer = opening.answers.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            if (answer == null) {
                if (ofSupernode && !swarm.isSupernodeThere()) {
                    return Optional.empty();
                }
                continue;
            }
            opening.early.add(answer);
            if (answer.frame instanceof Frame.Refused refused) {
                if (!ofSupernode) {
                    continue;
                }
                boolean proposed = opening.early.stream().anyMatch(a -> a.frame instanceof Frame.Peers);
                return Optional.of(refused(digest, opening, refused.refusal(), proposed));
            }
            if (answer.frame instanceof Frame.Table table) {
                return Optional.of(adopt(digest, opening, answer.from, table));
            }
        }
        return Optional.empty();
    }

    private Transfer adopt(Digest digest, Opening opening, PeerLink from, Frame.Table table)
            throws IOException {
        if (from.isSupernode()) {
            // It answers only who may read the blob in a repository that has it.
            opening.source.ifPresent(source -> swarm.grants.links().add(source.repository(), digest));
        }
        BlobInfo info = new BlobInfo(digest, table.length(), table.chunkLength());
        StoredBlob blob;
        try {
            blob = swarm.store.create(info);
        } catch (StoreException e) {
            if (e.reason() != StoreException.Reason.CONFLICT) {
                throw e;
            }
            // What is here was cut otherwise: begin anew as the others have it.
            swarm.store.delete(digest);
            blob = swarm.store.create(info);
        }
        Transfer made = new Transfer(blob, opening.source);
        made.byNodes = !from.isSupernode();
        Transfer transfer = swarm.begin(made, !from.isSupernode(), Optional.of(from));
        opening.wanted(from).ifPresent(request -> swarm.inquiries.wanted(from, transfer, request));
        opening.close();
        for (Answer answer = opening.early.poll(); answer != null; answer = opening.early.poll()) {
            if (answer.frame instanceof Frame.Table entries) {
                tables.learn(answer.from, transfer, entries);
            } else if (answer.frame instanceof Frame.Have have) {
                swarm.statements.holds(answer.from, have);
            } else if (answer.frame instanceof Frame.Peers peers && answer.from.isSupernode()) {
                swarm.share(peers);
                peers.peers().forEach(peer -> swarm.proposed(digest, peer.id()));
            } else if (answer.frame instanceof Frame.Later later) {
                swarm.statements.later(answer.from, later);
            } else if (answer.frame instanceof Frame.Chunk chunk) {
                swarm.arrivals.receivedHere(answer.from, chunk);
            }
        }
        return transfer;
    }
}
