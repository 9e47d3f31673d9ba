package io.lighterage.blockdev.fuse;

import io.lighterage.blockdev.device.BlockDevice;
import io.lighterage.blockdev.device.DeviceStatistics;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongConsumer;

/** A device that is a local file, all of it said to be here or none. */
public final class MappedDevice implements BlockDevice {
    private final MemorySegment content;
    private final boolean here;

    public MappedDevice(Path file, boolean here) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
        }
        this.here = here;
    }

    @Override
    public long length() {
        return content.byteSize();
    }

    @Override
    public void read(long offset, ByteBuffer target) {
        target.put(content.asSlice(offset, target.remaining()).asByteBuffer());
    }

    @Override
    public List<MemorySegment> present(long offset, int length) {
        return here ? List.of(content.asSlice(offset, length)) : null;
    }

    @Override
    public long run(long offset, long most) {
        long run = Math.min(most, length() - offset);
        return here ? run : -run;
    }

    @Override
    public void prefetch(long offset, long length, LongConsumer asked) {
        throw new UnsupportedOperationException("nothing of this device is elsewhere");
    }

    @Override
    public DeviceStatistics statistics() {
        return new DeviceStatistics(length(), here ? length() : 0, 0, 0, 0);
    }

    @Override
    public void close() {
        // The mapping is collected.
    }
}
