package io.lighterage.supernode.ingest;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ByteRange;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.exchange.BlobRefusedException;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.store.WrongChunkException;
import io.lighterage.supernode.upstream.BlobTransfer;
import io.lighterage.supernode.upstream.UpstreamException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings in what one blob lacks: by the transfer that is open, and by further streams where the registry knows ranges
 * and the blob is large. The chunk that would complete the blob waits in memory until the whole digest has been
 * checked, so that nobody can ever have a whole blob of wrong bytes.
 *
 * <p>{@code missing} and {@code held} are guarded by this.
 */
final class BlobReading {
    private static final Logger LOG = LoggerFactory.getLogger(BlobReading.class);
    private static final Duration LONGEST_END = Duration.ofSeconds(5);

    private final Ingest ingest;
    private final StoredBlob blob;
    private final BlobInfo info;
    private final Sources sources;
    private final Segments segments;
    private final ChunkSet had;
    private final PrefixHash prefix;
    private final AtomicInteger running = new AtomicInteger();
    private final CompletableFuture<Void> read = new CompletableFuture<>();
    private final List<Task> children = new ArrayList<>();
    private int missing;
    private Held held;

    private record Held(int index, ByteBuffer data) {}

    /**
     * @param had what the store has of it now
     * @param segments what is not claimed yet
     */
    BlobReading(Ingest ingest, StoredBlob blob, ChunkSet had, Segments segments, Sources sources) {
        this.ingest = ingest;
        this.blob = blob;
        this.info = blob.info();
        this.had = had;
        this.segments = segments;
        this.sources = sources;
        this.prefix = new PrefixHash(blob, had);
        this.missing = info.chunkCount() - had.count();
    }

    /**
     * Reads everything, and completes the blob.
     *
     * @param first the open transfer of the first claim, which comes with a permit, or null if nothing is missing; both
     *     are given back here
     * @throws WrongDigestException if the bytes are wrong: the blob was deleted
     */
    void run(Task task, BlobTransfer first, BlobSource from) throws IOException, InterruptedException {
        if (first != null && info.chunkCount() == 1) {
            runAlone(task, first);
            return;
        }
        CompletableFuture<Digest> whole = new CompletableFuture<>();
        children.add(Task.start("ingest-hash", t -> hash(t, whole)));
        try {
            if (first != null) {
                startStreams(first);
                await(read);
            }
            finish(task, await(whole), from);
        } finally {
            try {
                endChildren();
            } finally {
                releaseHeld();
            }
        }
    }

    /** A blob of one chunk needs no other thread, nor a second hash: that of the chunk is its digest. */
    private void runAlone(Task task, BlobTransfer first) throws IOException, InterruptedException {
        running.set(1);
        try {
            stream(() -> readFirst(task, first), task);
            await(read);
            complete(task);
        } finally {
            releaseHeld();
        }
    }

    private void endChildren() throws InterruptedException {
        children.forEach(Task::cancel);
        for (Task child : children) {
            if (!child.join(LONGEST_END)) {
                LOG.warn("a stream of {} has not ended {} after it was cancelled", info.digest(), LONGEST_END);
            }
        }
    }

    private void hash(Task task, CompletableFuture<Digest> whole) {
        try {
            whole.complete(prefix.compute(task));
        } catch (IOException | InterruptedException | RuntimeException e) {
            whole.completeExceptionally(e);
        }
    }

    private static <T> T await(CompletableFuture<T> work) throws IOException, InterruptedException {
        try {
            return work.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io
                    ? io
                    : new IOException("ingest failed: " + e.getCause(), e.getCause());
        }
    }

    private void startStreams(BlobTransfer first) {
        boolean parallel = first.isRanged() && info.length() >= ingest.config().parallelFrom();
        int more = parallel && !segments.isExhausted() ? ingest.config().streamsPerBlob() - 1 : 0;
        running.set(1 + more);
        children.add(Task.start("ingest-stream", t -> stream(() -> readFirst(t, first), t)));
        for (int i = 0; i < more; i++) {
            children.add(Task.start("ingest-stream", t -> stream(() -> {}, t)));
        }
    }

    /** What a stream does before it claims segments. */
    @FunctionalInterface
    private interface Begin {
        void run() throws IOException, InterruptedException;
    }

    private void stream(Begin begin, Task task) {
        try {
            begin.run();
            readClaims(task);
            if (running.decrementAndGet() == 0) {
                read.complete(null);
            }
        } catch (InterruptedException e) {
            read.completeExceptionally(new IOException("reading " + info.digest() + " was cancelled", e));
        } catch (IOException | RuntimeException e) {
            read.completeExceptionally(e);
        }
    }

    /** Goes on with the open transfer and gives its permit back. */
    private void readFirst(Task task, BlobTransfer first) throws IOException, InterruptedException {
        long end = Math.min(first.end(), info.length());
        try (ChunkAssembler assembler = assembler(task, first.position())) {
            try (first) {
                first.copyTo(assembler);
            } catch (BlobRefusedException | UpstreamException e) {
                LOG.info("asks anew for the rest of {}: {}", info.digest(), e.getMessage());
            }
            readRest(assembler, end);
        } finally {
            ingest.permits().release();
        }
    }

    private void readClaims(Task task) throws IOException, InterruptedException {
        while (!read.isDone() && !segments.isExhausted()) {
            ingest.permits().acquire();
            try {
                Optional<ByteRange> range = segments.claim();
                if (range.isPresent()) {
                    try (ChunkAssembler assembler = assembler(task, range.get().offset())) {
                        readRest(assembler, range.get().end());
                    }
                }
            } finally {
                ingest.permits().release();
            }
        }
    }

    private ChunkAssembler assembler(Task task, long position) {
        return new ChunkAssembler(info, had, position, ingest.buffers(), (index, data) -> arrived(task, index, data));
    }

    /** Reads up to {@code end}, from one source after another where one stops working. */
    private void readRest(ChunkAssembler assembler, long end) throws IOException, InterruptedException {
        while (assembler.position() < end) {
            BlobSource source = sources.first();
            long from = assembler.position();
            try {
                ingest.client().read(info.digest(), source, from, end - from, assembler);
            } catch (BlobRefusedException | UpstreamException e) {
                if (!sources.failed(source)) {
                    throw e;
                }
                LOG.info("goes on with {} by another source: {}", info.digest(), e.getMessage());
            }
        }
    }

    private void arrived(Task task, int index, ByteBuffer data) throws IOException, InterruptedException {
        ingest.countBytes(data.remaining());
        if (holdBack(index, data)) {
            prefix.held(index, data);
            return;
        }
        try {
            task.store(() -> {
                write(index, data);
                prefix.written(index);
                ingest.listener().chunk(blob, index);
                return null;
            });
        } finally {
            ingest.buffers().giveBack(data);
        }
    }

    private synchronized boolean holdBack(int index, ByteBuffer data) {
        missing--;
        if (missing == 0) {
            held = new Held(index, data);
        }
        return missing == 0;
    }

    private void write(int index, ByteBuffer data) throws IOException {
        try {
            blob.ingest(index, data);
        } catch (WrongChunkException e) {
            if (blob.isVerified()) {
                throw new IOException("upstream sent other bytes than before: " + e.getMessage(), e);
            }
            // Either this read or an earlier one brought wrong bytes, and nobody can tell which.
            ingest.store().delete(info.digest());
            String what = info.chunkCount() == 1
                    ? "they have another digest"
                    : "not those of an earlier read, " + e.getMessage();
            throw new WrongDigestException(info.digest(), sources.first().repository(), what);
        }
    }

    private synchronized Held held() {
        return held;
    }

    private void finish(Task task, Digest found, BlobSource from) throws IOException, InterruptedException {
        if (!found.equals(info.digest())) {
            task.store(() -> {
                ingest.store().delete(info.digest());
                return null;
            });
            throw new WrongDigestException(info.digest(), from.repository(), "they have digest " + found);
        }
        complete(task);
    }

    /** Lets go of the chunk that was held back. */
    private void complete(Task task) throws IOException, InterruptedException {
        task.store(() -> {
            blob.setVerified();
            Held last = held();
            if (last != null) {
                write(last.index, last.data.duplicate());
                ingest.listener().chunk(blob, last.index);
            }
            return null;
        });
    }

    private synchronized void releaseHeld() {
        if (held != null) {
            ingest.buffers().giveBack(held.data);
            held = null;
        }
    }
}
