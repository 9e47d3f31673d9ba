package io.lighterage.tests.bench;

import io.lighterage.blockdev.device.BlockDevice;
import io.lighterage.blockdev.device.DeviceStatistics;
import io.lighterage.blockdev.fuse.FuseServer;
import io.lighterage.blockdev.fuse.FuseSettings;
import io.lighterage.blockdev.mount.ImageMounter;
import io.lighterage.blockdev.mount.MountSettings;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Serves the image in a file over FUSE, and the same bytes under the name {@code slow} with each read taking its time.
 * Mounts the served image and, for comparison, the file itself. Prints its process id when all is mounted; ends with
 * its input.
 */
public final class FuseDevice {
    private static final long SLOW_MILLIS = 200;

    private FuseDevice() {}

    private record FileDevice(MemorySegment content, boolean slow) implements BlockDevice {
        @Override
        public long length() {
            return content.byteSize();
        }

        @Override
        public void read(long offset, ByteBuffer target) throws InterruptedException {
            Thread.sleep(SLOW_MILLIS);
            target.put(content.asSlice(offset, target.remaining()).asByteBuffer());
        }

        @Override
        public List<MemorySegment> present(long offset, int length) {
            return slow ? null : List.of(content.asSlice(offset, length));
        }

        @Override
        public long run(long offset, long most) {
            long run = Math.min(most, length() - offset);
            return slow ? -run : run;
        }

        @Override
        public void prefetch(long offset, long length, LongConsumer asked) {
            throw new UnsupportedOperationException("nothing of this device is elsewhere");
        }

        @Override
        public DeviceStatistics statistics() {
            return new DeviceStatistics(length(), slow ? 0 : length(), 0, 0, 0);
        }

        @Override
        public void close() {
            // The mapping ends with the process.
        }
    }

    /**
     * Takes a directory for its state, the file, and two directories: to mount the served image, and the file itself.
     */
    public static void main(String[] arguments) throws IOException {
        Path file = Path.of(arguments[1]);
        Path served = Path.of(arguments[2]);
        Path plain = Path.of(arguments[3]);
        MemorySegment content;
        try (FileChannel channel = FileChannel.open(file)) {
            content = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.global());
        }
        ImageMounter mounter = ImageMounter.create(MountSettings.DEFAULT);
        FuseServer server = FuseServer.start(FuseSettings.in(Path.of(arguments[0])));
        mounter.mount(server.add("image", new FileDevice(content, false), ""), served);
        server.add("slow", new FileDevice(content, true), "");
        mounter.mount(file, plain);
        System.out.println(ProcessHandle.current().pid());
        while (System.in.read() >= 0) {
            continue;
        }
        mounter.unmount(plain, false);
        mounter.unmount(served, false);
        server.unmount();
    }
}
