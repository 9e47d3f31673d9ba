package io.lighterage.blockdev.device;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongUnaryOperator;

/**
 * Follows streams of sequential reads and fetches what they will read next.
 *
 * <p>A stream is read ahead as far as it was read in sequence so far, up to a bound: a small file costs nothing beyond
 * its own chunks, and a large one soon finds everything here. One whose bytes were all here has been cared for already,
 * by a trace or a pull, and is left alone until a read of it has to wait. Reads of several streams may interleave, and
 * come a little out of order, as kernels send them. Where they jump about, the stream that was not read for longest is
 * forgotten and its fetches end.
 */
final class ReadAhead {
    private static final int MOST_STREAMS = 8;

    /** So much in sequence, in two reads or more, is not chance. */
    private static final long SHORTEST_RUN = 128 << 10;

    /** A read belongs to a stream from whose end it is not farther than so many times its length. */
    private static final int SLACK = 4;

    /** Begins to fetch a range of the device; interrupting the threads ends that. */
    interface Fetcher {
        List<Thread> fetch(long offset, long length);
    }

    private static final class Stream {
        private long next;
        private long run;
        private long ahead;
        private int reads = 1;
        private boolean waited;
        private long usedAt;
        private final List<Thread> fetches = new ArrayList<>();

        Stream(long next, long run) {
            this.next = next;
            this.run = run;
            this.ahead = next;
        }
    }

    private final LongUnaryOperator limit;
    private final long most;
    private final Fetcher fetcher;

    /** Guards what follows. Nobody waits for it: a read that finds it taken is not followed. */
    private final ReentrantLock lock = new ReentrantLock();

    private final List<Stream> streams = new ArrayList<>();
    private long uses;

    /**
     * @param limit how far ahead of an offset may be read: what lies behind is not read in one with it
     * @param most bytes to read ahead of a stream at most
     */
    ReadAhead(LongUnaryOperator limit, long most, Fetcher fetcher) {
        this.limit = limit;
        this.most = most;
        this.fetcher = fetcher;
    }

    /**
     * {@code length} bytes are being read at {@code offset}.
     *
     * @param here whether all of them are here
     */
    void read(long offset, long length, boolean here) {
        if (most == 0 || !lock.tryLock()) {
            return;
        }
        try {
            Stream stream = follow(offset, length);
            stream.usedAt = ++uses;
            stream.waited |= !here;
            long window = !stream.waited || stream.reads < 2 || stream.run < SHORTEST_RUN ? 0
                    : Math.min(most, stream.run);
            long from = Math.max(stream.ahead, stream.next);
            long to = Math.min(limit.applyAsLong(offset), stream.next + window);
            // Half a window at a time, so that a thread does not begin for each read.
            if (to > from && (from - stream.next) * 2 <= window) {
                stream.ahead = to;
                stream.fetches.removeIf(fetch -> !fetch.isAlive());
                stream.fetches.addAll(fetcher.fetch(from, to - from));
            }
        } finally {
            lock.unlock();
        }
    }

    private Stream follow(long offset, long length) {
        long end = offset + length;
        for (Stream stream : streams) {
            if (Math.abs(offset - stream.next) <= SLACK * length) {
                if (end > stream.next) {
                    stream.run += end - Math.max(offset, stream.next);
                    stream.next = end;
                    stream.reads++;
                }
                return stream;
            }
        }
        if (streams.size() == MOST_STREAMS) {
            Stream idle = streams.stream().min(Comparator.comparingLong((Stream s) -> s.usedAt)).orElseThrow();
            idle.fetches.forEach(Thread::interrupt);
            streams.remove(idle);
        }
        Stream fresh = new Stream(end, length);
        streams.add(fresh);
        return fresh;
    }
}
