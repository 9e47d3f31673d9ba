package io.lighterage.bench.masspull;

import static org.assertj.core.api.Assertions.assertThat;

import io.lighterage.bench.lab.Place;
import io.lighterage.bench.report.Report;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CrowdTest {
    private final AtomicInteger pulling = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    /** Ends when {@code gate} opens, or its thread is interrupted as that of a pull that is ended. */
    private final class Task implements HostTask {
        private final CountDownLatch gate;
        private final CountDownLatch ended = new CountDownLatch(1);

        Task(CountDownLatch gate) {
            this.gate = gate;
        }

        @Override
        public void pull(long startNs, List<Report.Fetch> fetches) throws IOException, InterruptedException {
            most.accumulateAndGet(pulling.incrementAndGet(), Math::max);
            try {
                gate.await();
                fetches.add(new Report.Fetch("host", "layer 1", 1, 0, 0.5, 1));
            } finally {
                pulling.decrementAndGet();
                ended.countDown();
            }
        }

        @Override
        public void abort() {
            // it waits for nothing but the gate
        }

        @Override
        public Place place() {
            return Place.HERE;
        }

        @Override
        public void verify() {
            // there is nothing
        }
    }

    private List<HostTask> tasks(int count, CountDownLatch gate) {
        List<HostTask> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tasks.add(new Task(gate));
        }
        return tasks;
    }

    private static double[] inBatches(int hosts) {
        double[] begins = new double[hosts];
        java.util.Arrays.fill(begins, -1);
        return begins;
    }

    @Test
    void aRolloutNeverHasMoreHostsPullingThanMayBeUnavailable() throws Exception {
        CountDownLatch open = new CountDownLatch(0);

        Crowd.Result result = Crowd.pull(tasks(11, open), new Crowd.Plan(inBatches(11), 2, 4, List.of()), 0, 60);

        assertThat(result.why()).isEmpty();
        assertThat(result.outcomes()).hasSize(11)
                .allMatch(outcome -> outcome.why().isEmpty() && outcome.done() >= outcome.begun());
        assertThat(most.get()).isLessThanOrEqualTo(4);
    }

    @Test
    void whatHappensMeanwhileHappensBeforeTheEnd() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);

        Crowd.Result result =
                Crowd.pull(tasks(3, gate),
                        new Crowd.Plan(new double[3], 1, 1, List.of(new Crowd.Event(0, "open", gate::countDown))), 0,
                                60);

        assertThat(result.why()).isEmpty();
        assertThat(result.fetches()).hasSize(3);
        assertThat(result.outcomes()).allMatch(outcome -> outcome.firstByte() == 0.5);
    }

    @Test
    void whoIsNotDoneAtTheDeadlineIsEndedAndNamedAsSuch() throws Exception {
        List<HostTask> tasks = tasks(2, new CountDownLatch(1));

        Crowd.Result result = Crowd.pull(tasks, new Crowd.Plan(new double[2], 1, 1, List.of()), 0, 1);

        assertThat(result.why()).contains("within 1 s");
        assertThat(result.outcomes()).allMatch(outcome -> outcome.done() < 0 && !outcome.why().isEmpty());
        for (HostTask task : tasks) {
            ((Task) task).ended.await();
        }
    }

    @Test
    void anInterruptedPullKeepsWhatWasFound() throws Exception {
        List<HostTask> tasks = new ArrayList<>(tasks(1, new CountDownLatch(0)));
        tasks.addAll(tasks(1, new CountDownLatch(1)));
        Thread here = Thread.currentThread();
        Crowd.Event interrupt = new Crowd.Event(0.2, "interrupt", here::interrupt);

        Crowd.Result result = Crowd.pull(tasks, new Crowd.Plan(new double[2], 1, 1, List.of(interrupt)), 0, 60);

        assertThat(result.why()).isEqualTo("interrupted");
        assertThat(result.outcomes().getFirst().done()).isNotNegative();
        assertThat(result.outcomes().getLast().done()).isNegative();
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void anEventThatFailsMakesTheResultPartial() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        Crowd.Event broken = new Crowd.Event(0, "the supernode is restarted", () -> {
            throw new IOException("it died");
        });
        Crowd.Event last = new Crowd.Event(0.2, "open", gate::countDown);

        Crowd.Result result = Crowd.pull(tasks(1, gate), new Crowd.Plan(new double[1], 1, 1, List.of(broken, last)), 0,
                60);

        assertThat(result.why()).isEqualTo("the supernode is restarted: it died");
    }
}
