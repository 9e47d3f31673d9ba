package io.lighterage.blockdev.device;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The read-only device of one image, most of whose bytes may still be elsewhere.
 *
 * <p>Each byte that it gives was verified. What is not here is fetched with on-demand priority, each chunk once however many
 * wait for it. A read ends by the device's deadline, with an error and never with zeros. Safe for use by several threads.
 */
public interface BlockDevice extends AutoCloseable {
    /** Its length in bytes, a multiple of 4096. */
    long length();

    /**
     * Reads at {@code offset} until {@code target} is full. Blocks where bytes are missing: call it on a virtual thread.
     *
     * @throws IndexOutOfBoundsException if the range reaches beyond the device
     * @throws IOException if bytes could not be had by the deadline, or the device is closed: the front end answers EIO
     */
    void read(long offset, ByteBuffer target) throws IOException, InterruptedException;

    /**
     * The bytes of the range as views of the mapped files they lie in, in order, if all are here; without waiting, and
     * without I/O but page faults. {@code null} if any is missing. The views stay valid until the device is closed.
     *
     * @throws IndexOutOfBoundsException if the range reaches beyond the device
     */
    List<MemorySegment> present(long offset, int length);

    /**
     * How far what holds at {@code offset} goes on: the length, 1 or more and at most {@code most}, of the run of bytes from
     * there that are all here (positive) or all missing (negative). At the granularity of chunks, without waiting.
     */
    long run(long offset, long most);

    /** What was read of it and what is here. */
    DeviceStatistics statistics();

    /** Ends waiting reads with an error and releases the files. Call it when no front end uses its views any more. */
    @Override
    void close();
}
