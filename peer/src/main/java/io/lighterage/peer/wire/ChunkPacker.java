package io.lighterage.peer.wire;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Packs and unpacks chunks with zstd on threads of its own, for all connections of a transport.
 *
 * <p>Packing is refused rather than queued for long when its threads are busy: then the processor is the bottleneck,
 * not the link.
 */
final class ChunkPacker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChunkPacker.class);
    private static final int FAST_LEVEL = 1;

    /** Leaves 8 % fewer bytes for 2.5 times the work. */
    private static final int THOROUGH_LEVEL = 5;

    private static final int THREADS = Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 4);

    /** Bytes that wait for each thread, some milliseconds' work: chunks of 64 KiB come from many connections at once. */
    private static final int AHEAD_BYTES = 2 << 20;

    private static final int MOST_BYTES = THREADS * AHEAD_BYTES;

    private final ByteBufAllocator allocator;
    private final ExecutorService packing = threads("lighterage-pack-");
    private final ExecutorService unpacking = threads("lighterage-unpack-");
    private final Semaphore free = new Semaphore(MOST_BYTES);

    ChunkPacker(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /** Reserves room to pack {@code chunk}; answers whether there was some. */
    boolean tryReserve(OutgoingChunk chunk) {
        return free.tryAcquire(share(chunk));
    }

    private static int share(OutgoingChunk chunk) {
        return Math.min(chunk.length, MOST_BYTES);
    }

    /**
     * Packs {@code chunk}, for which there is room, and hands the result to {@code done} there.
     *
     * @param thorough whether to take longer for it, unless others wait meanwhile
     * @throws RejectedExecutionException if this is closed
     */
    void pack(OutgoingChunk chunk, boolean thorough, Packed done) {
        try {
            packing.execute(() -> packNow(chunk, thorough && isCalm() ? THOROUGH_LEVEL : FAST_LEVEL, done));
        } catch (RejectedExecutionException e) {
            free.release(share(chunk));
            throw e;
        }
    }

    /**
     * Unpacks {@code chunk} and hands its plain bytes to {@code done} on a thread of this. The caller's reference to
     * the packed bytes is taken, {@code done} owns the plain ones.
     *
     * @throws RejectedExecutionException if this is closed; the packed bytes are released
     */
    void unpack(CompressedChunk chunk, Unpacked done) {
        try {
            unpacking.execute(() -> unpackNow(chunk, done));
        } catch (RejectedExecutionException e) {
            chunk.packed().release();
            throw e;
        }
    }

    @Override
    public void close() {
        packing.shutdown();
        unpacking.shutdown();
        try {
            packing.awaitTermination(2, TimeUnit.SECONDS);
            unpacking.awaitTermination(2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether so little waits that nobody waits for long. */
    private boolean isCalm() {
        return MOST_BYTES - free.availablePermits() <= MOST_BYTES / 4;
    }

    private void packNow(OutgoingChunk chunk, int level, Packed done) {
        ByteBuf plain = null;
        ByteBuf out = null;
        Optional<ByteBuf> result = Optional.empty();
        IOException failure = null;
        try {
            plain = allocator.directBuffer(chunk.length, chunk.length);
            chunk.reader.read(chunk.offset, plain.internalNioBuffer(0, chunk.length));
            int head = WireFormat.HEAD + WireFormat.ZSTD_CHUNK_HEAD;
            int room = (int) (chunk.length * CompressionChoice.WORTH);
            out = allocator.directBuffer(head + room, head + room);
            long length = Zstd.compressDirectByteBuffer(
                    out.nioBuffer(head, room), 0, room, plain.nioBuffer(0, chunk.length), 0, chunk.length, level);
            FrameEncoder.zstdChunkHead(out, chunk.request, chunk.digest, chunk.index, chunk.length, (int) length);
            result = Optional.of(out.writerIndex(head + (int) length));
            out = null;
        } catch (IOException e) {
            failure = e;
        } catch (ZstdException e) {
            LOG.trace("chunk {} of {} does not fit into less: {}", chunk.index, chunk.digest, e.getMessage());
        } catch (OutOfMemoryError e) { // of direct memory: sent plain it needs none
            LOG.debug("no memory to pack chunk {} of {}", chunk.index, chunk.digest, e);
        } finally {
            release(plain);
            release(out);
            free.release(share(chunk));
        }
        done.packed(result, failure);
    }

    private void unpackNow(CompressedChunk chunk, Unpacked done) {
        ByteBuf plain = null;
        IOException failure = null;
        try {
            ByteBuf packed = chunk.packed();
            int length = chunk.plainLength();
            plain = allocator.directBuffer(length, length);
            long unpacked = Zstd.decompressDirectByteBuffer(
                    plain.nioBuffer(0, length),
                    0,
                    length,
                    packed.nioBuffer(),
                    0,
                    packed.readableBytes());
            if (unpacked != length) {
                failure = new MalformedFrameException(
                        "a packed chunk has " + unpacked + " bytes instead of the announced " + length);
            }
            plain.writerIndex(length);
        } catch (ZstdException e) {
            failure = new MalformedFrameException(
                    "a packed chunk is no zstd of at most " + chunk.plainLength() + " bytes", e);
        } catch (OutOfMemoryError e) { // of direct memory: the connection that asked for it pays, nobody else
            failure = new IOException("cannot unpack a chunk of " + chunk.plainLength() + " bytes", e);
        } finally {
            chunk.packed().release();
        }
        if (failure != null) {
            release(plain);
            plain = null;
        }
        done.unpacked(plain, failure);
    }

    private static void release(ByteBuf buffer) {
        if (buffer != null) {
            buffer.release();
        }
    }

    private static ExecutorService threads(String name) {
        return Executors.newFixedThreadPool(
                THREADS, Thread.ofPlatform().daemon().name(name, 0).factory());
    }

    /** Takes a packed chunk. */
    @FunctionalInterface
    interface Packed {
        /**
         * @param frame the whole frame, owned by this call; empty if packing is not worth it
         * @param failure why the chunk cannot be read, or null
         */
        void packed(Optional<ByteBuf> frame, IOException failure);
    }

    /** Takes a plain chunk. */
    @FunctionalInterface
    interface Unpacked {
        /**
         * @param plain the plain bytes, owned by this call; null on failure
         * @param failure why there are none, or null
         */
        void unpacked(ByteBuf plain, IOException failure);
    }
}
