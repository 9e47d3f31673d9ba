package io.lighterage.peer.exchange;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.store.BlobReader;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoredBlob;
import io.lighterage.peer.swarm.Pace;
import io.lighterage.peer.swarm.Spreading;
import io.lighterage.peer.swarm.TokenBucket;
import io.lighterage.peer.swarm.UploadQueue;
import io.lighterage.peer.wire.Connection;
import io.lighterage.peer.wire.Frame;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the wants of other hosts out of the store, a few at a time. Nodes and supernode use it alike; a supernode
 * adds a {@link Chooser} for wants that leave the choice to it. Its state is guarded by its own lock; it calls nobody's
 * code but the wire's and the chooser's while it holds that.
 */
public final class Uploads {
    private static final Logger LOG = LoggerFactory.getLogger(Uploads.class);

    /** A chunk to be sent. */
    public record Upload(Connection to, int request, Digest digest, int index, Priority priority) {}

    private record Piece(Digest digest, int index) {}

    private record Ended(Upload upload, long atNs) {}

    /** Proposes uploads that no host asked for by index; they go behind blocked reads and before all else. */
    public interface Chooser {
        /**
         * The next upload, if there is one.
         *
         * @param load transfers that run to a host now
         * @param most a host with so many gets no more for now
         */
        Optional<Upload> next(ToIntFunction<Connection> load, int most, long nowNs);

        /** Whether a chunk was given to this or another host so lately that this one is to wait for it. */
        boolean isOnItsWay(Connection host, Digest digest, int index, long nowNs);

        /** Whether {@link #next} would have something if every host were free. */
        boolean hasWork();
    }

    /**
     * @param slots transfers that run at once; a supernode runs more where its link is wide
     * @param longestQueue wants that wait at most before hosts are told to go elsewhere
     * @param bytesPerSecond upper bound of what is sent, 0 for none
     */
    public record Limits(int slots, int longestQueue, long bytesPerSecond) {}

    private final BlobStore store;
    private final Limits limits;
    private final Optional<Chooser> chooser;
    private final ScheduledExecutorService timer;
    private final ReentrantLock lock = new ReentrantLock();
    private final UploadQueue<Connection, Upload> queue;
    private final TokenBucket bucket;
    private final LongAdder bytesSent = new LongAdder();

    /** Transfers that ended and still count as running; safe for all threads. */
    private final Queue<Ended> ended = new ConcurrentLinkedQueue<>();

    /** Whether there may be something to start; safe for all threads. */
    private final AtomicBoolean again = new AtomicBoolean();

    /** What was sent of late to who asked by index; a node's is of no use. */
    private final Spreading<Connection, Piece> spreading = new Spreading<>();

    /** What the chooser chose and is being sent. */
    private final Set<Upload> gifts = new HashSet<>();

    private boolean timed;

    public Uploads(BlobStore store, Limits limits, Optional<Chooser> chooser, ScheduledExecutorService timer) {
        this.store = store;
        this.limits = limits;
        this.chooser = chooser;
        this.timer = timer;
        int mostSlots = chooser.isPresent() ? Pace.SUPERNODE_STRETCH * limits.slots : limits.slots;
        this.queue = new UploadQueue<>(limits.slots, mostSlots, limits.longestQueue);
        this.bucket = new TokenBucket(limits.bytesPerSecond);
    }

    /** A host wants a certain chunk: it is queued, or the host is told that this one is busy. */
    public void want(Connection from, Frame.Want want) {
        Upload upload = new Upload(from, want.request(), want.digest(), want.index(), want.priority());
        Optional<Frame> postponed;
        lock.lock();
        try {
            takeEnded();
            postponed = take(upload, want.has(), System.nanoTime());
        } finally {
            lock.unlock();
        }
        pump();
        postponed.ifPresent(from::send);
    }

    /**
     * Queues a want, or answers what its host is told instead.
     *
     * @param has how much of the blob the host has
     */
    private Optional<Frame> take(Upload wanted, int has, long nowNs) {
        Piece piece = new Piece(wanted.digest, wanted.index);
        boolean blocked = wanted.priority == Priority.ON_DEMAND;
        if (chooser.isPresent()) {
            // Whoever gives chunks of its own choice has no room for others meanwhile, save blocked reads.
            if (!blocked && isGiving(chooser.get(), wanted, nowNs)) {
                return Optional.of(busy(wanted));
            }
            if (!spreading.mayHave(wanted.to, piece, nowNs) && !blocked) {
                return Optional.of(new Frame.Later(wanted.request, Spreading.LATER_MILLIS));
            }
        }
        boolean taken = queue.offer(wanted.to, wanted, wanted.priority, piece, has, nowNs);
        return taken ? Optional.empty() : Optional.of(busy(wanted));
    }

    private Frame busy(Upload wanted) {
        return new Frame.Busy(wanted.request, chooser.isPresent() ? 4 * Pace.BUSY_MILLIS : Pace.BUSY_MILLIS);
    }

    private boolean isGiving(Chooser by, Upload wanted, long nowNs) {
        return by.hasWork()
                || by.isOnItsWay(wanted.to, wanted.digest, wanted.index, nowNs)
                || !gifts.isEmpty() && !queue.hasFreeSlot(nowNs);
    }

    /** A host takes a want back. */
    public void cancel(Connection from, int request) {
        forget(from, upload -> upload.request == request);
    }

    /** A host no longer wants anything of a blob. */
    public void close(Connection from, Digest digest) {
        forget(from, upload -> upload.digest.equals(digest));
    }

    /** A host is gone. */
    public void leave(Connection from) {
        lock.lock();
        try {
            spreading.leave(from);
        } finally {
            lock.unlock();
        }
        forget(from, upload -> true);
    }

    private void forget(Connection from, Predicate<Upload> which) {
        lock.lock();
        try {
            queue.cancelIf(from, which);
        } finally {
            lock.unlock();
        }
        pump();
    }

    /** Whether one more chunk would have to wait here, be it for a turn or for the bound on what is sent. */
    public boolean isFull() {
        lock.lock();
        try {
            takeEnded();
            long nowNs = System.nanoTime();
            return bucket.waitNs(nowNs) > 0 || !queue.hasFreeSlot(nowNs);
        } finally {
            lock.unlock();
        }
    }

    /** Bytes of chunks handed to the kernel so far. */
    public long bytesSent() {
        return bytesSent.sum();
    }

    /**
     * Starts whatever may be sent now. Cheap when there is nothing. Never waits for the lock: whoever holds it looks once
     * more when he gives it back, so that the wire may tell of a transfer's end under whatever lock.
     */
    public void pump() {
        again.set(true);
        while (again.get() && !lock.isHeldByCurrentThread() && lock.tryLock()) {
            try {
                again.set(false);
                while (startOne()) {
                    // Each round starts one transfer.
                }
                sendElsewhere();
            } finally {
                lock.unlock();
            }
        }
    }

    /** A node that has no time for a want says so; the supernode is often the only one who can answer it. */
    private void sendElsewhere() {
        if (chooser.isPresent()) {
            return;
        }
        long nowNs = System.nanoTime();
        for (var neglected = queue.neglected(nowNs); neglected.isPresent(); neglected = queue.neglected(nowNs)) {
            Upload upload = neglected.get();
            upload.to.send(new Frame.Busy(upload.request, Pace.BUSY_MILLIS));
        }
    }

    private void takeEnded() {
        for (Ended transfer = ended.poll(); transfer != null; transfer = ended.poll()) {
            done(transfer.upload, transfer.atNs);
        }
    }

    private void done(Upload upload, long atNs) {
        gifts.remove(upload);
        queue.done(upload, atNs);
    }

    private boolean startOne() {
        takeEnded();
        long nowNs = System.nanoTime();
        long waitNs = bucket.waitNs(nowNs);
        if (waitNs > 0) {
            pumpLater(waitNs);
            return false;
        }
        boolean mayGive = chooser.isPresent() && queue.mayGive(nowNs);
        if (!mayGive && !queue.hasFreeSlot(nowNs)) {
            return false;
        }
        Optional<Upload> next = queue.next(Priority.ON_DEMAND, nowNs);
        if (next.isEmpty() && mayGive) {
            next = chooser.get().next(queue::load, limits.slots, nowNs);
            next.ifPresent(upload -> {
                gifts.add(upload);
                queue.start(upload.to, upload, nowNs);
            });
        }
        if (next.isEmpty()) {
            next = queue.next(nowNs);
        }
        next.ifPresent(upload -> send(upload, nowNs));
        return next.isPresent();
    }

    private void pumpLater(long waitNs) {
        if (timed) {
            return;
        }
        try {
            timer.schedule(() -> {
                lock.lock();
                try {
                    timed = false;
                } finally {
                    lock.unlock();
                }
                pump();
            }, waitNs, TimeUnit.NANOSECONDS);
            timed = true;
        } catch (RejectedExecutionException e) {
            LOG.debug("nothing more is sent: the exchange is closing");
        }
    }

    private void send(Upload upload, long nowNs) {
        Optional<StoredBlob> blob = store.find(upload.digest);
        if (blob.isEmpty() || upload.index >= blob.get().info().chunkCount() || !blob.get().has(upload.index)) {
            done(upload, nowNs);
            upload.to.send(new Frame.Busy(upload.request, 10 * Pace.BUSY_MILLIS));
            return;
        }
        BlobInfo info = blob.get().info();
        BlobReader reader;
        try {
            reader = blob.get().open();
        } catch (IOException e) {
            LOG.warn("chunk {} of {} cannot be sent: {}", upload.index, upload.digest, e.getMessage());
            done(upload, nowNs);
            upload.to.send(new Frame.Busy(upload.request, 10 * Pace.BUSY_MILLIS));
            return;
        }
        int length = info.lengthOf(upload.index);
        bucket.take(length, nowNs);
        upload.to.sendChunk(
                upload.request, upload.digest, upload.index, upload.priority, reader,
                info.offsetOf(upload.index), length, sent -> sent(upload, sent ? length : 0));
    }

    private void sent(Upload upload, int length) {
        bytesSent.add(length);
        ended.add(new Ended(upload, System.nanoTime()));
        pump();
    }
}
