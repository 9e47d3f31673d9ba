package io.lighterage.peer.exchange;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.store.StoreException;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.wire.Frame;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Finds out what a blob is that this node does not know: from the supernode, from connected nodes while there is no
 * supernode, and last from upstream. One question about a blob is under way at a time; those who ask with the same
 * credentials share its answer, others ask after it.
 */
final class Openings {
    private static final long NODES_ANSWER_MILLIS = 300;
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

    /** Takes what somebody says of a blob that is being opened. Nodes are heard only while there is no supernode. */
    void answered(Digest digest, PeerLink from, Frame frame) {
        Opening opening = underWay.get(digest);
        if (opening != null && (from.isSupernode()
                || !swarm.isSupernodeThere() && opening.answers.size() < MOST_NODE_ANSWERS)) {
            opening.answers.add(new Answer(from, frame));
        }
    }

    private void run(Digest digest, Opening opening) {
        try {
            Transfer transfer = find(digest, opening);
            underWay.remove(digest, opening);
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
        underWay.remove(digest, opening);
        opening.transfer.completeExceptionally(why);
    }

    private Transfer find(Digest digest, Opening opening) throws IOException, InterruptedException {
        Optional<Transfer> begun = swarm.transfer(digest);
        if (begun.isPresent()) {
            // An earlier question was answered just when this one was put: nobody would answer this one.
            return begun.get();
        }
        Frame.Open question = new Frame.Open(digest, NodeSwarm.origin(opening.source), true);
        while (!swarm.isSupernodeGone()) {
            if (!swarm.isSupernodeThere()) {
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            } else if (swarm.tellSupernode(question)) {
                Optional<Transfer> told = await(digest, opening, TimeUnit.SECONDS.toNanos(SUPERNODE_ANSWER_SECONDS), true);
                if (told.isPresent()) {
                    return told.get();
                }
                if (swarm.isSupernodeThere()) {
                    throw new BlobUnavailableException("the supernode did not tell in time what blob " + digest + " is");
                }
            }
        }
        if (swarm.tellNodes(new Frame.Open(digest, Optional.empty(), true)) > 0) {
            Optional<Transfer> told =
                    await(digest, opening, TimeUnit.MILLISECONDS.toNanos(NODES_ANSWER_MILLIS), false);
            if (told.isPresent()) {
                return told.get();
            }
        }
        if (swarm.upstream.isEmpty() || opening.source.isEmpty()) {
            throw new BlobUnavailableException("blob " + digest + " is not here, and there is no supernode to ask");
        }
        long length = swarm.upstream.get().length(digest, opening.source.get());
        return swarm.begin(swarm.store.create(BlobInfo.of(digest, length)), opening.source, true);
    }

    /** Waits for the blob's shape; empty if the supernode went away or the time ran out. */
    private Optional<Transfer> await(Digest digest, Opening opening, long forNs, boolean ofSupernode)
            throws IOException, InterruptedException {
        List<Answer> early = new ArrayList<>();
        long untilNs = System.nanoTime() + forNs;
        while (System.nanoTime() < untilNs) {
            Answer answer = opening.answers.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            if (answer == null) {
                if (ofSupernode && !swarm.isSupernodeThere()) {
                    return Optional.empty();
                }
                continue;
            }
            early.add(answer);
            if (answer.frame instanceof Frame.Refused refused) {
                throw new BlobRefusedException(digest, refused.refusal());
            }
            if (answer.frame instanceof Frame.Table table) {
                return Optional.of(adopt(digest, opening, answer.from, table, early));
            }
        }
        return Optional.empty();
    }

    private Transfer adopt(Digest digest, Opening opening, PeerLink from, Frame.Table table, List<Answer> early)
            throws IOException {
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
        Transfer transfer = swarm.begin(blob, opening.source, !from.isSupernode());
        opening.answers.drainTo(early);
        for (Answer answer : early) {
            if (answer.frame instanceof Frame.Table entries) {
                tables.learn(answer.from, transfer, entries);
            } else if (answer.frame instanceof Frame.Have have) {
                swarm.holds(answer.from, have);
            }
        }
        return transfer;
    }
}
