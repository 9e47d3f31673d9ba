package io.lighterage.bench.masspull;

import io.lighterage.bench.report.Report;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets hosts pull by a plan, makes happen what is to happen meanwhile, and keeps what each found. The calling thread
 * does the planning; it sleeps while nothing is due, since processors belong to those who are measured.
 */
final class Crowd {
    private static final Logger LOG = LoggerFactory.getLogger(Crowd.class);
    private static final long NEVER = Long.MAX_VALUE;
    private static final double NS = 1e9;

    /**
     * What is to happen.
     *
     * @param begins seconds after the start at which each host begins; negative for hosts that begin in {@code batch}es
     * @param batch hosts that begin at once when room is, of those
     * @param unavailable hosts that may be pulling at a time, of those
     * @param events what is done meanwhile
     */
    record Plan(double[] begins, int batch, int unavailable, List<Event> events) {
        Plan {
            events = List.copyOf(events);
        }
    }

    /** Something that is done at an instant, by a thread of its own. */
    record Event(double seconds, String what, Action action) {}

    /** May fail; then the measurement is partial. */
    interface Action {
        void run() throws IOException, InterruptedException;
    }

    /**
     * What became of a host; instants in seconds since the start, -1 for never.
     *
     * @param why why it did not get the image; empty if it did
     */
    record Outcome(double begun, double firstByte, double done, String why) {}

    /**
     * All that was found.
     *
     * @param why why it ended early; empty if it did not
     */
    record Result(List<Outcome> outcomes, List<Report.Fetch> fetches, String why) {}

    /** One host's thread and what it found; owned by that thread until it is in {@link #ended}. */
    private final class Member {
        private final HostTask task;
        private final CountDownLatch go = new CountDownLatch(1);
        private final List<Report.Fetch> fetches = Collections.synchronizedList(new ArrayList<>());
        private volatile long beginNs = NEVER;
        private volatile double begun = -1;
        private volatile double done = -1;
        private volatile String why = "it did not come to its end";
        private volatile Thread thread;

        Member(HostTask task) {
            this.task = task;
        }

        void run() {
            try {
                go.await();
                for (long left = beginNs - System.nanoTime(); left > 0; left = beginNs - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                begun = (System.nanoTime() - startNs) / NS;
                task.pull(startNs, fetches);
                done = (System.nanoTime() - startNs) / NS;
                why = "";
            } catch (IOException e) {
                why = e.getMessage();
            } catch (InterruptedException e) {
                why = "interrupted";
            } finally {
                ended.add(this);
            }
        }

        Outcome outcome() {
            double first;
            synchronized (fetches) {
                first = fetches.stream().filter(f -> !f.what().equals("manifest")).mapToDouble(Report.Fetch::firstByte)
                        .min().orElse(-1);
            }
            return new Outcome(begun, first, done, why);
        }
    }

    private final Plan plan;
    private final long startNs;
    private final long deadlineNs;
    private final List<Member> members = new ArrayList<>();
    private final BlockingQueue<Member> ended = new LinkedBlockingQueue<>();
    private volatile String why = "";

    private Crowd(List<HostTask> tasks, Plan plan, long startNs, long deadlineNs) {
        this.plan = plan;
        this.startNs = startNs;
        this.deadlineNs = deadlineNs;
        tasks.forEach(task -> members.add(new Member(task)));
    }

    /**
     * Lets them pull.
     *
     * @param leadNs how long before the start the threads are made, so that all begin at the same instant
     * @return what was found, also if the calling thread was interrupted, which clears that
     */
    static Result pull(List<HostTask> tasks, Plan plan, long leadNs, int deadlineSeconds) throws IOException {
        long startNs = System.nanoTime() + leadNs;
        Crowd crowd = new Crowd(tasks, plan, startNs, startNs + TimeUnit.SECONDS.toNanos(deadlineSeconds));
        crowd.run();
        List<Report.Fetch> fetches = new ArrayList<>();
        for (Member member : crowd.members) {
            synchronized (member.fetches) {
                fetches.addAll(member.fetches);
            }
        }
        return new Result(crowd.members.stream().map(Member::outcome).toList(), fetches, crowd.why);
    }

    private void run() throws IOException {
        try {
            for (int i = 0; i < members.size(); i++) {
                Member member = members.get(i);
                member.thread = member.task.place().start("pull-" + (i + 1), member::run);
                if (plan.begins[i] >= 0) {
                    release(member, startNs + (long) (plan.begins[i] * NS));
                }
            }
            attend();
        } catch (InterruptedException e) {
            why = "interrupted";
            LOG.debug("the pull is interrupted", e);
        } finally {
            members.forEach(Crowd::end);
        }
    }

    private static void end(Member member) {
        member.task.abort();
        if (member.thread != null) {
            member.thread.interrupt(); // it may never have been told to begin
        }
    }

    private static void release(Member member, long atNs) {
        member.beginNs = atNs;
        member.go.countDown();
    }

    private void attend() throws InterruptedException {
        PriorityQueue<Event> due = new PriorityQueue<>(Comparator.comparingDouble(Event::seconds));
        due.addAll(plan.events);
        List<Member> waiting = new ArrayList<>(members.stream().filter(m -> m.go.getCount() > 0).toList());
        int left = members.size();
        int pulling = 0;
        while (left > 0) {
            while (!waiting.isEmpty() && pulling + Math.min(plan.batch, waiting.size()) <= plan.unavailable) {
                for (int i = Math.min(plan.batch, waiting.size()); i > 0; i--) {
                    release(waiting.removeFirst(), Math.max(startNs, System.nanoTime()));
                    pulling++;
                }
            }
            long nowNs = System.nanoTime();
            while (!due.isEmpty() && startNs + due.peek().seconds * NS <= nowNs) {
                happen(due.poll());
            }
            if (nowNs >= deadlineNs) {
                why = "not all hosts were done within " + (deadlineNs - startNs) / (long) NS + " s";
                return;
            }
            long nextNs = due.isEmpty() ? deadlineNs : Math.min(deadlineNs, startNs + (long) (due.peek().seconds * NS));
            Member member = ended.poll(Math.max(1, nextNs - nowNs), TimeUnit.NANOSECONDS);
            if (member != null) {
                left--;
                pulling -= plan.begins[members.indexOf(member)] < 0 ? 1 : 0;
            }
        }
    }

    private void happen(Event event) {
        LOG.info("{}", event.what);
        Thread.ofPlatform().daemon().name("event").start(() -> {
            try {
                event.action.run();
            } catch (IOException e) {
                LOG.warn("{}: {}", event.what, e.getMessage());
                why = event.what + ": " + e.getMessage();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
