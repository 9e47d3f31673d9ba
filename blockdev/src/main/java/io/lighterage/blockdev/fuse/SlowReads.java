package io.lighterage.blockdev.fuse;

import io.lighterage.blockdev.device.BlockDevice;
import io.lighterage.blockdev.linux.Errno;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reads that wait for missing bytes or for their file's device, each on a virtual thread. Any thread may call it.
 */
final class SlowReads {
    private static final Logger log = LoggerFactory.getLogger(SlowReads.class);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

    private record Waiting(FuseFile file, Reader reader, Thread thread) {}

    private final BufferPool buffers;
    private final Duration deviceWait;
    private final Supplier<Replies> errors;
    private final Map<Long, Waiting> waiting = new ConcurrentHashMap<>();
    private final UseCount running = new UseCount();

    /** @param errors makes what answers an error; the calling thread alone uses it */
    SlowReads(BufferPool buffers, Duration deviceWait, Supplier<Replies> errors) {
        this.buffers = buffers;
        this.deviceWait = deviceWait;
        this.errors = errors;
    }

    /** Answers a read when its bytes have come. Once stopped it does nothing: the next server is asked again. */
    void start(FuseFile file, long unique, Reader reader, long offset, int length) {
        if (running.enter()) {
            Thread.ofVirtual().name("fuse-read-" + unique).start(() -> run(file, unique, reader, offset, length));
        }
    }

    private void run(FuseFile file, long unique, Reader reader, long offset, int length) {
        // Known before anything is waited for, so that whoever ends the file or the server finds it here or is seen
        // below.
        waiting.put(unique, new Waiting(file, reader, Thread.currentThread()));
        try {
            answer(file, unique, offset, length);
        } catch (InterruptedException ended) {
            if (!running.ended()) {
                errors.get().error(unique, file.uses().ended() ? Errno.EIO : Errno.EINTR);
            }
        } catch (IOException | ExecutionException | TimeoutException | RuntimeException failed) {
            if (!running.ended()) {
                log.warn("A read of {} bytes at {} of {} failed", length, offset, file.name(), failed);
                errors.get().error(unique, Errno.EIO);
            }
        } finally {
            waiting.remove(unique);
            running.leave();
        }
    }

    private void answer(FuseFile file, long unique, long offset, int length)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        if (running.ended() || file.uses().ended()) {
            throw new InterruptedException();
        }
        BlockDevice device = file.device().get(deviceWait.toMillis(), TimeUnit.MILLISECONDS);
        try (BufferPool.Lease lease = buffers.take(length)) {
            if (!file.uses().enter()) {
                throw new InterruptedException();
            }
            try {
                device.read(offset, lease.segment().asByteBuffer().limit(length));
            } finally {
                file.uses().leave();
            }
            lease.replies().data(unique, List.of(lease.segment().asSlice(0, length)));
        }
    }

    /**
     * Notes that the reader has a signal; false if its read does not wait here (yet). The read goes on, as reads of
     * disks do: a file system upon this one would make an error of its end, and many runtimes send themselves signals
     * all the time. Only for one that is killed it ends, with EINTR.
     */
    boolean interrupt(long unique) {
        Waiting read = waiting.get(unique);
        if (read == null) {
            return false;
        }
        Thread.ofVirtual().name("fuse-interrupted-" + unique).start(() -> endIfKilled(unique, read));
        return true;
    }

    /** The kernel tells of the first signal only, so a later one that kills has to be looked for. */
    private void endIfKilled(long unique, Waiting read) {
        try {
            while (waiting.get(unique) == read && !running.ended()) {
                if (read.reader().isKilled()) {
                    read.thread().interrupt();
                    return;
                }
                Thread.sleep(BETWEEN_LOOKS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the reads of a file that has ended. */
    void interrupt(FuseFile file) {
        waiting.values().stream().filter(read -> read.file() == file).forEach(read -> read.thread().interrupt());
    }

    int waiting() {
        return waiting.size();
    }

    /** Gives up all reads without an answer; false if some did not end in time. */
    boolean stop(Duration most) throws InterruptedException {
        running.end();
        waiting.values().forEach(read -> read.thread().interrupt());
        return running.awaitUnused(most);
    }
}
