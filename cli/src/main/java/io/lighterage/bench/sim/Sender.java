package io.lighterage.bench.sim;

import io.lighterage.peer.content.Priority;
import io.lighterage.peer.swarm.Pace;
import io.lighterage.peer.swarm.Spreading;
import io.lighterage.peer.swarm.UploadQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/** What an endpoint sends, a few transfers at a time: the counterpart of {@code peer.exchange.Uploads}. */
final class Sender {
    /** Proposes what nobody asked for by index. */
    interface Chooser {
        Optional<Want> next(ToIntFunction<Peering> load, int most, long nowNs);

        boolean isOnItsWay(Want want, long nowNs);

        boolean hasWork();
    }

    private final Endpoint self;
    private final int slots;
    private final Optional<Chooser> chooser;
    private final UploadQueue<Peering, Want> queue;

    /** What a supernode sent of late to who asked by index. */
    private final Spreading<Peering, Object> spreading = new Spreading<>();

    private final List<Want> running = new ArrayList<>(4);
    private boolean pumping;

    /** Transfers that run and that the chooser chose. */
    private int gifts;

    Sender(Endpoint self, int slots, int longestQueue, Optional<Chooser> chooser) {
        this.self = self;
        this.slots = slots;
        this.chooser = chooser;
        int mostSlots = chooser.isPresent() ? Pace.SUPERNODE_STRETCH * slots : slots;
        this.queue = new UploadQueue<>(slots, mostSlots, longestQueue);
    }

    /** Queues a want, or tells its host that this one is busy, or that others have just been sent the chunk. */
    void want(Want want) {
        long nowNs = self.cluster.nowNs();
        boolean blocked = want.priority == Priority.ON_DEMAND;
        boolean giving = !blocked && chooser.isPresent() && isGiving(chooser.get(), want, nowNs);
        if (!giving && chooser.isPresent() && !spreading.mayHave(want.asker.reverse, want.chunk(), nowNs) && !blocked) {
            later(want);
            return;
        }
        boolean taken = !giving && queue.offer(want.asker.reverse, want, want.priority, want.chunk(), want.has, nowNs);
        pump();
        if (!taken) {
            busy(want, (chooser.isPresent() ? 4 : 1) * Pace.BUSY_MILLIS);
        }
    }

    private boolean isGiving(Chooser by, Want want, long nowNs) {
        return by.hasWork() || by.isOnItsWay(want, nowNs) || gifts > 0 && !queue.hasFreeSlot(nowNs);
    }

    private void later(Want want) {
        self.cluster.counters().later++;
        self.cluster.tell(want.asker.reverse, () -> ((Host) want.asker.self).later(want));
    }

    void busy(Want want, long millis) {
        self.cluster.counters().busy++;
        self.cluster.tell(want.asker.reverse, () -> ((Host) want.asker.self).busy(want, millis));
    }

    /** Whether it has anything to do. */
    boolean isIdle() {
        return running.isEmpty() && queue.length() == 0;
    }

    /** Starts whatever may be sent now. */
    void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        while (self.alive && startOne()) {
            // Each round starts one transfer.
        }
        pumping = false;
        sendElsewhere();
    }

    private void sendElsewhere() {
        if (chooser.isPresent()) {
            return;
        }
        long nowNs = self.cluster.nowNs();
        for (var neglected = queue.neglected(nowNs); neglected.isPresent(); neglected = queue.neglected(nowNs)) {
            busy(neglected.get(), Pace.BUSY_MILLIS);
        }
    }

    private boolean startOne() {
        long nowNs = self.cluster.nowNs();
        boolean mayGive = chooser.isPresent() && queue.mayGive(nowNs);
        if (!mayGive && !queue.hasFreeSlot(nowNs)) {
            return false;
        }
        Optional<Want> next = queue.next(Priority.ON_DEMAND, nowNs);
        if (next.isEmpty() && mayGive) {
            next = chooser.get().next(queue::load, slots, nowNs);
            next.ifPresent(want -> {
                gifts++;
                queue.start(want.asker.reverse, want, nowNs);
            });
        }
        if (next.isEmpty()) {
            next = queue.next(nowNs);
        }
        next.ifPresent(this::start);
        return next.isPresent();
    }

    private void start(Want want) {
        running.add(want);
        Peering to = want.asker.reverse;
        to.sending.add(want);
        if (to.sending.size() == 1) {
            carry(want);
        }
    }

    private void carry(Want want) {
        self.cluster.start(want, want.asker.reverse.path, want.transfer.lengthOf(want.index));
    }

    /** Takes {@code want} off its connection, which carries one chunk after the other. */
    private void carried(Want want) {
        Peering to = want.asker.reverse;
        boolean first = to.sending.getFirst() == want;
        to.sending.remove(want);
        if (first && !to.sending.isEmpty() && !to.closed) {
            carry(to.sending.getFirst());
        }
    }

    /** The last byte of {@code want} has left. */
    void sent(Want want) {
        running.remove(want);
        carried(want);
        gifts -= want.chosen ? 1 : 0;
        queue.done(want, self.cluster.nowNs());
        self.cluster.counters().carried(self, want.asker.self, want.transfer.lengthOf(want.index));
        pump();
    }

    /** Forgets wants of {@code peer} that wait. */
    void forget(Peering peer, Predicate<Want> which) {
        queue.cancelIf(peer, which);
        pump();
    }

    /** The connection to {@code peer} is gone, and what was on its way there. */
    void leave(Peering peer) {
        spreading.leave(peer);
        queue.cancelIf(peer, want -> true);
        for (Want want : List.copyOf(running)) {
            if (want.asker.reverse == peer) {
                abort(want);
            }
        }
        pump();
    }

    private void abort(Want want) {
        running.remove(want);
        double bytes = want.isRunning() ? self.cluster.stop(want) : 0;
        carried(want);
        gifts -= want.chosen ? 1 : 0;
        queue.done(want, self.cluster.nowNs());
        self.cluster.counters().carried(self, want.asker.self, bytes);
    }
}
