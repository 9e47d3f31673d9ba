package io.lighterage.blockdev.fuse;

import io.lighterage.blockdev.device.BlockDevice;
import io.lighterage.blockdev.device.DeviceStatistics;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.function.LongConsumer;

/** A device in memory, of which a part may be missing. */
final class TestDevice implements BlockDevice {
    /** What happens when missing bytes are read. */
    @FunctionalInterface
    interface Missing {
        void await(long offset) throws IOException, InterruptedException;
    }

    private final MemorySegment content;
    private final long presentBytes;
    private final Missing missing;

    /** @param presentBytes those at its begin that are here */
    TestDevice(MemorySegment content, long presentBytes, Missing missing) {
        this.content = content;
        this.presentBytes = presentBytes;
        this.missing = missing;
    }

    static TestDevice present(MemorySegment content) {
        return new TestDevice(content, content.byteSize(), offset -> { });
    }

    static TestDevice gated(MemorySegment content, long presentBytes, CountDownLatch gate) {
        return new TestDevice(content, presentBytes, offset -> gate.await());
    }

    /** The same bytes for the same length, everywhere. */
    static MemorySegment content(int length) {
        MemorySegment bytes = Arena.ofAuto().allocate(length, Long.BYTES);
        SplittableRandom random = new SplittableRandom(length);
        for (long offset = 0; offset < length; offset += Long.BYTES) {
            bytes.set(ValueLayout.JAVA_LONG, offset, random.nextLong());
        }
        return bytes;
    }

    static byte[] bytes(MemorySegment content, long offset, int length) {
        return content.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    }

    @Override
    public long length() {
        return content.byteSize();
    }

    @Override
    public void read(long offset, ByteBuffer target) throws IOException, InterruptedException {
        if (offset + target.remaining() > presentBytes) {
            missing.await(offset);
        }
        target.put(content.asSlice(offset, target.remaining()).asByteBuffer());
    }

    @Override
    public List<MemorySegment> present(long offset, int length) {
        MemorySegment view = content.asSlice(offset, length);
        if (offset + length > presentBytes) {
            return null;
        }
        // In two views where there is a block boundary between, as if it lay in two blobs.
        long first = Math.min(length, 4096 - offset % 4096);
        return first == length ? List.of(view) : List.of(view.asSlice(0, first), view.asSlice(first));
    }

    @Override
    public long run(long offset, long most) {
        return offset < presentBytes ? Math.min(most, presentBytes - offset) : -Math.min(most, length() - offset);
    }

    @Override
    public void prefetch(long offset, long length, LongConsumer asked) {
        throw new UnsupportedOperationException("nothing of this device is elsewhere");
    }

    @Override
    public DeviceStatistics statistics() {
        return new DeviceStatistics(length(), presentBytes, 0, 0, 0);
    }

    @Override
    public void close() {
        // The memory is collected.
    }
}
