package io.lighterage.supernode.ingest;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.supernode.upstream.BlobTransfer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The single flight of one blob. Those who ask wait in line until upstream accepts one of them; a refusal is the answer
 * to him alone whose credentials were refused. From then on everybody shares the one read.
 *
 * <p>One thread runs it; {@code waiting}, {@code blob}, {@code sources} and {@code ended} are guarded by this.
 */
final class Flight {
    private static final Logger LOG = LoggerFactory.getLogger(Flight.class);

    private final Ingest ingest;
    private final Digest digest;
    private final List<Waiter> waiting = new ArrayList<>();
    private StoredBlob blob;
    private Sources sources;
    private boolean ended;

    private record Waiter(BlobSource source, CompletableFuture<StoredBlob> answer) {}

    Flight(Ingest ingest, Digest digest) {
        this.ingest = ingest;
        this.digest = digest;
    }

    /** Joins; empty if the flight has ended already. */
    synchronized Optional<CompletableFuture<StoredBlob>> join(BlobSource source) {
        if (ended) {
            return Optional.empty();
        }
        if (blob != null) {
            sources.add(source);
            return Optional.of(CompletableFuture.completedFuture(blob));
        }
        for (Waiter waiter : waiting) {
            if (waiter.source.equals(source)) {
                return Optional.of(waiter.answer.copy());
            }
        }
        Waiter waiter = new Waiter(source, new CompletableFuture<>());
        waiting.add(waiter);
        return Optional.of(waiter.answer.copy());
    }

    /** Runs to the end; tells the listener about it. */
    void run(Task task) {
        IOException failure = null;
        try {
            boolean done = false;
            while (!done) {
                Optional<Waiter> next = next();
                if (next.isEmpty()) {
                    break;
                }
                try {
                    attempt(task, next.get().source);
                    done = true;
                    failure = null;
                } catch (IOException e) {
                    failure = e;
                    if (isAccepted()) {
                        break;
                    }
                    drop(next.get(), e);
                }
            }
        } catch (InterruptedException e) {
            failure = new IOException("reading " + digest + " was cancelled", e);
        } catch (RuntimeException e) {
            failure = new IOException("reading " + digest + " failed: " + e, e);
        }
        end(task, failure);
    }

    private void end(Task task, IOException failure) {
        List<Waiter> left;
        synchronized (this) {
            ended = true;
            left = List.copyOf(waiting);
            waiting.clear();
        }
        ingest.ended(this, digest, failure == null);
        task.closing(() -> {
            if (!left.isEmpty()) {
                IOException why = failure == null ? new IOException("nobody waits for " + digest) : failure;
                left.forEach(waiter -> waiter.answer.completeExceptionally(why));
            }
            if (failure == null) {
                ingest.listener().completed(accepted());
            } else {
                LOG.warn("ingest of {} failed: {}", digest, failure.getMessage());
                ingest.listener().failed(digest, failure);
            }
        });
    }

    private synchronized Optional<Waiter> next() {
        ended = waiting.isEmpty();
        return waiting.stream().findFirst();
    }

    private void drop(Waiter waiter, IOException why) {
        synchronized (this) {
            waiting.remove(waiter);
        }
        waiter.answer.completeExceptionally(why);
    }

    private synchronized boolean isAccepted() {
        return blob != null;
    }

    private synchronized StoredBlob accepted() {
        return blob;
    }

    private Sources accept(StoredBlob found, BlobSource by) {
        boolean fresh = found.present().isEmpty();
        if (fresh || !found.isComplete()) {
            ingest.listener().accepted(digest, by, fresh);
        }
        ingest.listener().described(found);
        List<Waiter> answered;
        Sources accepted = new Sources(by);
        synchronized (this) {
            blob = found;
            sources = accepted;
            answered = List.copyOf(waiting);
            waiting.clear();
        }
        answered.forEach(waiter -> accepted.add(waiter.source));
        answered.forEach(waiter -> waiter.answer.complete(found));
        return accepted;
    }

    private void attempt(Task task, BlobSource source) throws IOException, InterruptedException {
        BlobStore store = ingest.store();
        Optional<StoredBlob> stored = task.store(() -> store.find(digest));
        if (stored.isPresent() && stored.get().isComplete()) {
            Sources accepted = task.store(() -> accept(stored.get(), source));
            if (!stored.get().isVerified()) {
                ChunkSet all = ChunkSet.full(stored.get().info().chunkCount());
                Segments none = new Segments(stored.get().info(), all, 1);
                new BlobReading(ingest, stored.get(), all, none, accepted).run(task, null, source);
            }
            return;
        }
        ingest.permits().acquire();
        boolean handedOver = false;
        BlobTransfer transfer = null;
        try {
            transfer = open(source, stored);
            OptionalLong length = length(transfer, source, stored);
            if (length.isPresent()) {
                BlobReading reading = prepare(task, source, length.getAsLong(), transfer);
                handedOver = true;
                reading.run(task, transfer, source);
            } else {
                spool(task, transfer, source);
            }
        } finally {
            if (!handedOver) {
                if (transfer != null) {
                    transfer.close();
                }
                ingest.permits().release();
            }
        }
    }

    private BlobTransfer open(BlobSource source, Optional<StoredBlob> stored) throws IOException, InterruptedException {
        long parallelFrom = ingest.config().parallelFrom();
        if (stored.isPresent()) {
            BlobInfo info = stored.get().info();
            Segments missing = new Segments(info, stored.get().present(), segmentLength(info.length()));
            return ingest.client().open(digest, source, missing.claim().orElseThrow());
        }
        OptionalLong hint = ingest.hinted(digest);
        if (hint.isPresent() && hint.getAsLong() < parallelFrom) {
            return ingest.client().open(digest, source);
        }
        long first = hint.isPresent() ? segmentLength(hint.getAsLong()) : parallelFrom;
        int chunk = ingest.config().chunkLength();
        return ingest.client().open(digest, source, new ByteRange(0, first / chunk * chunk));
    }

    private long segmentLength(long length) {
        return length >= ingest.config().parallelFrom()
                ? ingest.config().segmentLength()
                : ingest.config().parallelFrom();
    }

    private OptionalLong length(BlobTransfer transfer, BlobSource source, Optional<StoredBlob> stored)
            throws IOException, InterruptedException {
        if (transfer.total().isPresent()) {
            return transfer.total();
        }
        if (stored.isPresent()) {
            return OptionalLong.of(stored.get().info().length());
        }
        // An answer may have a range but not the whole length (Content-Range: bytes 0-9/*).
        return transfer.isRanged() ? OptionalLong.of(ingest.client().length(digest, source)) : OptionalLong.empty();
    }

    private BlobReading prepare(Task task, BlobSource source, long length, BlobTransfer transfer)
            throws IOException, InterruptedException {
        if (length > BlobInfo.LONGEST) {
            throw new IOException(source.repository() + " says that " + digest + " has " + length + " bytes, more than "
                    + BlobInfo.LONGEST);
        }
        if (length == 0 && !digest.equals(Digest.of(new byte[0]))) {
            throw new WrongDigestException(digest, source.repository(), "there are none");
        }
        StoredBlob made = task.store(() -> create(length, source));
        ChunkSet had = made.present();
        if (length > 0 && transfer.position() != (long) had.nextMissing(0) * made.info().chunkLength()) {
            throw new IOException(
                    "what was kept of " + digest + " does not fit what " + source.repository() + " has: ask again");
        }
        Segments segments = new Segments(made.info(), had, segmentLength(length));
        segments.claimTo(Math.min(transfer.end(), length));
        Sources accepted = task.store(() -> accept(made, source));
        return new BlobReading(ingest, made, had, segments, accepted);
    }

    private StoredBlob create(long length, BlobSource source) throws IOException {
        BlobStore store = ingest.store();
        Optional<StoredBlob> there = store.find(digest);
        if (there.isPresent() && there.get().info().length() == length) {
            return there.get();
        }
        if (there.isPresent() && there.get().isVerified()) {
            throw new IOException(source.repository() + " says that " + digest + " has " + length
                    + " bytes, but it has " + there.get().info().length());
        }
        if (there.isPresent()) {
            LOG.warn(
                    "{} has {} bytes at {}, not {} as was said before: starts anew",
                    digest,
                    length,
                    source.repository(),
                    there.get().info().length());
            store.delete(digest);
        }
        int chunkLength = BlobInfo.chunkLength(length, ingest.config().chunkLength());
        return store.create(new BlobInfo(digest, length, chunkLength));
    }

    private void spool(Task task, BlobTransfer transfer, BlobSource source) throws IOException, InterruptedException {
        try (Spool spool = Spool.open(ingest.spoolDirectory())) {
            long length = spool.fill(digest, transfer, source, ingest.config().spoolLimit());
            StoredBlob made = task.store(() -> create(length, source));
            task.store(() -> accept(made, source));
            spool.drain(task, made, ingest);
        }
    }
}
