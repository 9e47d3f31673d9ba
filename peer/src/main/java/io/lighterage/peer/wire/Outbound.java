package io.lighterage.peer.wire;

import io.lighterage.peer.content.Priority;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What waits to be sent on one connection, and the order in which it leaves.
 *
 * <p>Any thread adds; one turn of the event loop takes everything that was added, orders it and flushes once. At most
 * two chunks, and two only if small, are handed to the channel at a time, so that an urgent one that comes later
 * overtakes all that wait. Fields without a word are owned by the event loop.
 */
final class Outbound {
    /** Bytes of control frames that may wait for a peer that does not read. */
    static final long MOST_CONTROL_BYTES = 8 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(Outbound.class);
    private static final int HANDED_AT_ONCE = 512 << 10;

    /** Bytes a second of a link for which packing is never what takes long. */
    private static final long THOROUGH_BELOW = 10_000_000;

    private final Channel channel;
    private final ChunkPacker packer;
    private final CompressionChoice compression;
    private final long packBelow;
    private final Consumer<String> fail;

    /** Frames ({@link ByteBuf}) and chunks on their way to the event loop; safe for all threads. */
    private final Queue<Object> added = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AtomicLong controlBytes = new AtomicLong();
    private final AtomicLong chunkBytes = new AtomicLong();

    private final Queue<ByteBuf> control = new ArrayDeque<>();
    private final Map<Priority, Queue<OutgoingChunk>> chunks = new EnumMap<>(Priority.class);
    private final SendRate rate;
    private int handedChunks;
    private long handedBytes;
    private long busySinceNs;
    private long chunkBytesSent;
    private OutgoingChunk packing;
    private final boolean encrypted;
    /** How many bytes of the chunk that was handed over last are with the kernel. */
    private LongSupplier transferred = () -> 0;
    private boolean closed;
    private volatile long bytesSent;

    /**
     * @param tcp what the kernel knows of the channel
     * @param compression what to pack
     * @param packBelow the rate in bytes a second below which chunks are packed; 0 packs nothing
     * @param encrypted whether the channel has TLS
     * @param fail closes the connection for a reason; called on the event loop or by who adds a frame
     */
    Outbound(
            Channel channel,
            TcpState tcp,
            ChunkPacker packer,
            CompressionChoice compression,
            long packBelow,
            boolean encrypted,
            Consumer<String> fail) {
        this.encrypted = encrypted;
        this.channel = channel;
        this.rate = new SendRate(tcp::bytesPerSecond);
        this.packer = packer;
        this.compression = compression;
        this.packBelow = packBelow;
        this.fail = fail;
        for (Priority priority : Priority.values()) {
            chunks.put(priority, new ArrayDeque<>());
        }
    }

    /** Adds a whole frame that is not a chunk. Any thread. */
    void add(ByteBuf frame) {
        long waiting = controlBytes.addAndGet(frame.readableBytes());
        if (waiting > MOST_CONTROL_BYTES) {
            controlBytes.addAndGet(-frame.readableBytes());
            frame.release();
            fail.accept("does not read: " + waiting + " bytes of frames wait for it");
            return;
        }
        added.add(frame);
        schedule();
    }

    /** Adds a chunk. Any thread. */
    void add(OutgoingChunk chunk) {
        chunkBytes.addAndGet(chunk.length);
        added.add(chunk);
        schedule();
    }

    /** Bytes of chunks that wait or are half written. Any thread. */
    long queuedBytes() {
        return chunkBytes.get();
    }

    /** Bytes handed to the kernel, or about to be. Any thread. */
    long bytesSent() {
        return bytesSent;
    }

    /** A number that grows as long as chunks that were handed over make progress, or 0 when there are none. */
    long progress() {
        if (handedChunks == 0) {
            return 0;
        }
        return 1 + chunkBytesSent + transferred.getAsLong();
    }

    /** Hands to the channel what it takes, and flushes. Event loop. */
    void pump() {
        if (closed) {
            return;
        }
        while (!control.isEmpty() && channel.isWritable()) {
            ByteBuf frame = control.remove();
            controlBytes.addAndGet(-frame.readableBytes());
            bytesSent += frame.readableBytes();
            channel.write(frame, channel.voidPromise());
        }
        while (control.isEmpty() && packing == null && channel.isWritable()) {
            OutgoingChunk next = nextThatFits();
            if (next == null) {
                break;
            }
            start(next);
        }
        channel.flush();
    }

    /** Hands the frames that wait to the channel, unless it is stuck, and drops the chunks. Event loop. */
    void finish() {
        if (!closed) {
            sortAdded();
            chunks.values().forEach(this::drop);
            pump();
        }
        close();
    }

    /** Drops everything that waits; what was handed to the channel ends with it. Event loop. */
    void close() {
        closed = true;
        control.forEach(frame -> controlBytes.addAndGet(-frame.readableBytes()));
        control.forEach(ByteBuf::release);
        control.clear();
        chunks.values().forEach(this::drop);
        dropAdded();
    }

    private void drop(Queue<OutgoingChunk> queue) {
        while (!queue.isEmpty()) {
            finished(queue.remove(), false);
        }
    }

    private void schedule() {
        if (!scheduled.compareAndSet(false, true)) {
            return;
        }
        try {
            channel.eventLoop().execute(this::takeAdded);
        } catch (RejectedExecutionException e) { // the transport is closed: there is no event loop left to own anything
            scheduled.set(false);
            dropAdded();
        }
    }

    private void takeAdded() {
        scheduled.set(false);
        if (closed) {
            dropAdded();
            return;
        }
        sortAdded();
        pump();
    }

    private void sortAdded() {
        for (Object next; (next = added.poll()) != null; ) {
            if (next instanceof OutgoingChunk chunk) {
                chunks.get(chunk.priority).add(chunk);
            } else {
                control.add((ByteBuf) next);
            }
        }
    }

    private void dropAdded() {
        for (Object next; (next = added.poll()) != null; ) {
            if (next instanceof OutgoingChunk chunk) {
                finished(chunk, false);
            } else {
                ByteBuf frame = (ByteBuf) next;
                controlBytes.addAndGet(-frame.readableBytes());
                frame.release();
            }
        }
    }

    private OutgoingChunk nextThatFits() {
        for (Queue<OutgoingChunk> queue : chunks.values()) {
            OutgoingChunk next = queue.peek();
            if (next != null) {
                boolean fits = handedChunks == 0 || handedChunks == 1 && handedBytes + next.length <= HANDED_AT_ONCE;
                return fits ? queue.remove() : null;
            }
        }
        return null;
    }

    private void start(OutgoingChunk chunk) {
        long bytesPerSecond = packBelow > 0 ? rate.bytesPerSecond(System.nanoTime()) : Long.MAX_VALUE;
        if (!isToBePacked(chunk, bytesPerSecond)) {
            writePlain(chunk);
            return;
        }
        packing = chunk;
        boolean thorough = bytesPerSecond < THOROUGH_BELOW;
        try {
            packer.pack(chunk, thorough, (frame, failure) -> packed(chunk, frame, failure));
        } catch (RejectedExecutionException e) {
            packing = null;
            finished(chunk, false);
        }
    }

    /** Whether to pack a chunk, for which there is room at the packer then. */
    private boolean isToBePacked(OutgoingChunk chunk, long bytesPerSecond) {
        return compression.tryNext(chunk.digest, bytesPerSecond, packBelow) && packer.tryReserve(chunk);
    }

    /** Comes on a thread of the packer. */
    private void packed(OutgoingChunk chunk, Optional<ByteBuf> frame, IOException failure) {
        try {
            channel.eventLoop().execute(() -> {
                packing = null;
                if (closed || failure != null) {
                    frame.ifPresent(ByteBuf::release);
                    if (failure != null) {
                        LOG.warn("chunk {} of {} cannot be sent to {}", chunk.index, chunk.digest,
                                channel.remoteAddress(), failure);
                    }
                    finished(chunk, false);
                } else {
                    compression.tried(chunk.digest, frame.isPresent());
                    frame.ifPresentOrElse(packed -> writePacked(chunk, packed), () -> writePlain(chunk));
                }
                pump();
            });
        } catch (RejectedExecutionException e) {
            frame.ifPresent(ByteBuf::release);
            finished(chunk, false);
        }
    }

    private void writePlain(OutgoingChunk chunk) {
        handed(chunk);
        ByteBuf head =
                FrameEncoder.chunkHead(channel.alloc(), chunk.request, chunk.digest, chunk.index, chunk.length);
        long bytes = head.readableBytes() + chunk.length;
        channel.write(head, channel.voidPromise());
        channel.write(body(chunk)).addListener(written -> written(chunk, bytes, written.cause()));
    }

    /** What sends a plain chunk: sendfile, unless its bytes must be encrypted on their way. */
    private Object body(OutgoingChunk chunk) {
        if (encrypted) {
            EncryptedChunk pieces = new EncryptedChunk(chunk.reader, chunk.offset, chunk.length);
            transferred = pieces::progress;
            return pieces;
        }
        LeasedRegion region = new LeasedRegion(chunk.reader, chunk.offset, chunk.length);
        transferred = () -> region.refCnt() == 0 ? 0 : region.transferred();
        return region;
    }

    private void writePacked(OutgoingChunk chunk, ByteBuf frame) {
        handed(chunk);
        long bytes = frame.readableBytes();
        channel.write(frame).addListener(written -> written(chunk, bytes, written.cause()));
    }

    private void handed(OutgoingChunk chunk) {
        if (handedChunks++ == 0) {
            busySinceNs = System.nanoTime();
        }
        handedBytes += chunk.length;
    }

    private void written(OutgoingChunk chunk, long bytes, Throwable cause) {
        long now = System.nanoTime();
        rate.sent(bytes, now - busySinceNs);
        busySinceNs = now;
        handedChunks--;
        handedBytes -= chunk.length;
        if (cause == null) {
            bytesSent += bytes;
            chunkBytesSent += bytes;
        }
        finished(chunk, cause == null);
        if (cause == null) {
            pump();
        } else if (!closed) {
            fail.accept("cannot send chunk " + chunk.index + " of " + chunk.digest + ": " + cause.getMessage());
        }
    }

    private void finished(OutgoingChunk chunk, boolean sent) {
        chunkBytes.addAndGet(-chunk.length);
        chunk.done(sent);
    }
}
