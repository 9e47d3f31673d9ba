package io.lighterage.blockdev.device;

import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.Exchange;
import io.lighterage.peer.store.BlobStore;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/**
 * The read-only device of one image, most of whose bytes may still be elsewhere.
 *
 * <p>Each byte that it gives was verified. What is not here is fetched with on-demand priority, each chunk once however
 * many wait for it. A read ends by the device's deadline, with an error and never with zeros; it waits longer only for what
 * is being made anew, as long as that gets on. Safe for use by several threads.
 */
public interface BlockDevice extends AutoCloseable {
    /**
     * Opens the device that {@code map} describes. What is here already is mapped before this returns, which may read
     * the disk; nobody is asked for anything.
     *
     * @param source where upstream has the image, for blobs that upstream has
     */
    static BlockDevice open(
            DeviceMap map, Exchange exchange, BlobStore store, Optional<BlobSource> source, DeviceConfig config) {
        return open(map, exchange, store, source, config, ReadWatcher.NONE);
    }

    /**
     * The same, and has {@code watcher} told of every read.
     *
     * @param watcher used as long as the device is open
     */
    static BlockDevice open(
            DeviceMap map,
            Exchange exchange,
            BlobStore store,
            Optional<BlobSource> source,
            DeviceConfig config,
            ReadWatcher watcher) {
        return new BlobDevice(
                map,
                new DeviceParts(exchange, store, source, config, Arena.ofShared(), new Tasks(), new LongAdder()),
                watcher);
    }

    /** Its length in bytes, a multiple of 4096. */
    long length();

    /**
     * Reads at {@code offset} until {@code target} is full. Blocks where bytes are missing: call it on a virtual
     * thread.
     *
     * @throws IndexOutOfBoundsException if the range reaches beyond the device
     * @throws IOException if bytes could not be had by the deadline, or the device is closed: the front end answers EIO
     */
    void read(long offset, ByteBuffer target) throws IOException, InterruptedException;

    /**
     * Waits until every byte of the range is here, so that {@link #present} answers it, if nothing is withdrawn
     * meanwhile. A device of files costs no memory for them, however many wait. Blocks: call it on a virtual thread.
     *
     * @throws IndexOutOfBoundsException if the range reaches beyond the device
     * @throws IOException as {@link #read}
     */
    default void await(long offset, int length) throws IOException, InterruptedException {
        ByteBuffer piece = ByteBuffer.allocate(Math.min(length, 64 << 10));
        for (long at = offset; at < offset + length; at += piece.limit()) {
            read(at, piece.clear().limit((int) Math.min(piece.capacity(), offset + length - at)));
        }
    }

    /**
     * The bytes of the range as views of the mapped files they lie in, in order, if all are here; without waiting, and
     * without I/O but page faults. {@code null} if any is missing. The views stay valid until the device is closed.
     *
     * @throws IndexOutOfBoundsException if the range reaches beyond the device
     */
    List<MemorySegment> present(long offset, int length);

    /**
     * How far what holds at {@code offset} goes on: the length, 1 or more and at most {@code most}, of the run of bytes
     * from there that are all here (positive) or all missing (negative). At the granularity of chunks, without waiting.
     */
    long run(long offset, long most);

    /**
     * Fetches what is missing of the range, ahead of the reads and less urgently than reads that wait. Blocks until all
     * is here: call it on a virtual thread.
     *
     * @param asked is told the bytes of chunks that are missing and that nobody has asked for through this device
     * @throws IndexOutOfBoundsException if the range reaches beyond the device
     * @throws IOException if it could not be had by the deadline of reads, or the device is closed
     */
    void prefetch(long offset, long length, LongConsumer asked) throws IOException, InterruptedException;

    /** Number of reads that wait now. Quick. */
    default int waiting() {
        return statistics().waiting();
    }

    /** What was read of it and what is here. */
    DeviceStatistics statistics();

    /** Ends waiting reads with an error and releases the files. Call it when no front end uses its views any more. */
    @Override
    void close();
}
