package io.lighterage.blockdev.fuse;

import io.lighterage.blockdev.fuse.FuseFormat.InHeader;
import io.lighterage.blockdev.linux.Channel;
import io.lighterage.blockdev.linux.Errno;
import io.lighterage.blockdev.linux.Poller;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads that read requests, and answer what needs no waiting. */
final class Readers {
    private static final Logger log = LoggerFactory.getLogger(Readers.class);
    /** More than the kernel's largest request to a server that is never written to; it wants at least 8 KiB. */
    private static final int REQUEST = 16 << 10;

    private final int descriptor;
    private final Poller poller;
    private final Runnable ended;
    private final List<Thread> threads = new ArrayList<>();

    /** @param ended called by each thread that finds the file system unmounted */
    Readers(int descriptor, Poller poller, Runnable ended) {
        this.descriptor = descriptor;
        this.poller = poller;
        this.ended = ended;
    }

    void start(int count, Function<Replies, Dispatcher> dispatchers) {
        for (int i = 0; i < count; i++) {
            KernelReplies replies = new KernelReplies(descriptor, Channel.MAX_PARTS - 1);
            Dispatcher dispatcher = dispatchers.apply(replies);
            threads.add(Thread.ofPlatform().daemon().name("fuse-" + i).start(() -> serve(dispatcher, replies)));
        }
    }

    private void serve(Dispatcher dispatcher, Replies replies) {
        Channel channel = new Channel(1);
        MemorySegment buffer = Arena.ofAuto().allocate(REQUEST, Long.BYTES);
        while (true) {
            long result = channel.read(descriptor, buffer);
            if (result >= 0) {
                handle(dispatcher, replies, buffer.asSlice(0, result));
                continue;
            }
            switch ((int) -result) {
                case Errno.EAGAIN -> {
                    if (!poller.await()) {
                        return;
                    }
                }
                // ENOENT: whoever asked was killed while the request was copied.
                case Errno.EINTR, Errno.ENOENT -> { }
                case Errno.ENODEV, Errno.ECONNABORTED -> {
                    poller.stop();
                    ended.run();
                    return;
                }
                default ->
                    throw new IllegalStateException("FUSE requests cannot be read: " + Errno.text((int) -result));
            }
        }
    }

    private static void handle(Dispatcher dispatcher, Replies replies, MemorySegment request) {
        try {
            dispatcher.handle(request);
        } catch (RuntimeException | OutOfMemoryError failed) {
            log.error("A FUSE request of {} bytes was not understood", request.byteSize(), failed);
            replies.error(request.get(FuseFormat.U64, InHeader.UNIQUE), Errno.EIO);
        }
    }

    /** Ends the threads after the requests that they are at; false if some did not end in time. */
    boolean stop(Duration most) throws InterruptedException {
        poller.stop();
        boolean all = true;
        for (Thread thread : threads) {
            all &= thread.join(most);
        }
        return all;
    }
}
