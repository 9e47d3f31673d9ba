package io.lighterage.blockdev.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.blockdev.linux.Errno;
import io.lighterage.blockdev.linux.Host;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SlowReadsTest {
    private static final int LENGTH = 8192;
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private record Refusal(long unique, int errno) {}

    private final BlockingQueue<Refusal> refusals = new LinkedBlockingQueue<>();

    private final Replies replies = new Replies() {
        @Override
        public void data(long unique, List<MemorySegment> parts) {
            throw new AssertionError("nothing comes");
        }

        @Override
        public void error(long unique, int errno) {
            refusals.add(new Refusal(unique, errno));
        }
    };

    private final SlowReads slow =
            new SlowReads(new BufferPool(-1, FuseSettings.MAX_READ), DEADLINE, () -> replies);

    @Test
    void aSignalLeavesAReadWaitingAndTheEndOfItsReaderEndsIt() throws Exception {
        FuseFile file = new FuseFile("a", LENGTH, "");
        file.device().complete(TestDevice.gated(TestDevice.content(LENGTH), 0, new CountDownLatch(1)));
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        slow.start(file, 1, new Reader((int) ProcessHandle.current().pid()), 0, LENGTH);
        slow.start(file, 2, new Reader(0), 0, LENGTH);
        slow.start(file, 3, new Reader((int) ended.pid()), 0, LENGTH);
        for (long unique = 1; unique <= 3; unique++) {
            interrupt(unique);
        }

        assertThat(refusals.poll(DEADLINE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(new Refusal(3, Errno.EINTR));

        Host.await("the read of the ended reader is forgotten", () -> slow.waiting() == 2);
        assertThat(refusals).isEmpty();
        assertThat(slow.stop(DEADLINE)).isTrue();
    }

    /** As the kernel does: again until the read is known. */
    private void interrupt(long unique) {
        long endNs = System.nanoTime() + DEADLINE.toNanos();
        while (!slow.interrupt(unique)) {
            assertThat(System.nanoTime()).as("read %d is not known", unique).isLessThan(endNs);
            Thread.onSpinWait();
        }
    }
}
