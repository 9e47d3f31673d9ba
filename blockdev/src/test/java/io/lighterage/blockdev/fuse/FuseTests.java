package io.lighterage.blockdev.fuse;

import io.lighterage.blockdev.linux.Host;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/** What the tests of the file system share. */
public final class FuseTests {
    private FuseTests() {}

    /** Runs on a daemon thread of the system: a read that nobody answers must not keep the tests from ending. */
    static <T> FutureTask<T> start(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread.ofPlatform().daemon().start(task);
        return task;
    }

    static byte[] read(Path file, long offset, int length) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            return read(channel, offset, length);
        }
    }

    static byte[] read(FileChannel channel, long offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(length);
        while (buffer.hasRemaining() && channel.read(buffer, offset + buffer.position()) > 0) {
            continue;
        }
        byte[] bytes = new byte[buffer.position()];
        buffer.flip().get(bytes);
        return bytes;
    }

    /** Ends what a server in {@code data} left: its mounts and its holder, so that all who wait for it get an error. */
    public static void end(Path data) throws IOException {
        Host.unmountAll(data);
        endHolder(data);
    }

    /** Kills the holder. */
    public static void endHolder(Path data) throws IOException {
        Optional<FuseState> state = FuseState.read(data);
        if (state.isPresent()) {
            state.get().holder().end();
        }
    }
}
