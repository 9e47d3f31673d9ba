package io.lighterage.peer.swarm;

import io.lighterage.peer.content.Priority;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Predicate;

/**
 * Which wanted chunk a host sends next.
 *
 * <p>A few transfers run at once, so that each is quick and the link is full. Among what waits, the most urgent
 * goes first, then the receiver with the fewest transfers running (a few of one that has nothing do not count), then the
 * one that lags, then the chunk that was sent least often, then whoever asked first. A host that knows neighbours whom many
 * ask gets less than others all the time and would be the last by far, so those who have clearly less of a blob go before
 * others; and what is rare spreads first, as long as those who got it can pass it on. A want that others keep going before is
 * handed back after a while ({@link #neglected}). A transfer that takes far longer than usual stops counting: a receiver that
 * stalls costs a slot only for a moment.
 *
 * @param <P> what the caller knows a receiver by
 * @param <W> what the caller knows a wanted chunk by; an object of its own for each want
 */
public final class UploadQueue<P, W> {
    private static final Priority[] PRIORITIES = Priority.values();
    private static final long LEAST_PATIENCE_NS = 250_000_000;

    /** So many wants of one receiver may wait however long the queue is, so that others cannot keep it out. */
    private static final int FAIR_SHARE = 2;

    /** Receivers that differ by fewer chunks than this are equally far. */
    private static final int STEP_CHUNKS = 16;

    /**
     * So many transfers may run to a receiver that has nothing, or says so because others in its rack wait for what it
     * wants, before those to whom none runs go first: a whole rack may get what it lacks over this one receiver.
     */
    private static final int AHEAD = 4;

    private static final int CELLS = 1024;
    private static final long SPAN_NS = 100_000_000;

    /** So much of the best span's number is left when a span is over. */
    private static final double FADING = 0.97;

    /** A host that has wants here, or transfers. */
    private static final class Receiver<P> {
        final P peer;
        int running;
        int waiting;

        Receiver(P peer) {
            this.peer = peer;
        }
    }

    /**
     * @param steps how far the receiver is with the blob
     * @param ahead so many transfers to the receiver do not let others go before it
     */
    private record Waiting<P, W>(Receiver<P> to, W want, int cell, int steps, int ahead, long sinceNs) {
        /** The receiver's transfers that let others go before it. */
        int load() {
            return Math.max(0, to.running - ahead);
        }
    }

    private static final class Running<P> {
        final Receiver<P> to;
        final long sinceNs;
        final boolean gift;
        boolean counts = true;

        Running(Receiver<P> to, long sinceNs, boolean gift) {
            this.gift = gift;
            this.to = to;
            this.sinceNs = sinceNs;
        }
    }

    private final int leastSlots;
    private final int mostSlots;
    private final int longest;
    private final Map<Priority, Queue<Waiting<P, W>>> waiting = new EnumMap<>(Priority.class);

    /** By the very object, for a hostile receiver may number two of its wants alike. */
    private final Map<W, Running<P>> running = new IdentityHashMap<>();

    private final Map<P, Receiver<P>> receivers = new HashMap<>();
    private final LatencyWindow sendTimes = new LatencyWindow();

    /**
     * How often each chunk was sent, about: one count for all chunks that fall into a cell. The counts are halved when one
     * gets large, so that what was sent lately counts most.
     */
    private final byte[] timesSent = new byte[CELLS];

    /** Transfers that may run at once now. */
    private int slots;

    private long spanSinceNs;
    private int endedInSpan;
    private double mostEnded;

    /** No transfer that counts began before. */
    private long oldestNs;

    private int counting;
    private int countingGifts;
    private int length;

    /**
     * @param slots transfers that run at once
     * @param longest wants that wait at most, four times as many with urgent ones, and a few of each receiver
     */
    public UploadQueue(int slots, int longest) {
        this(slots, slots, longest);
    }

    /**
     * A queue that lets as many gifts run at once ({@link #start}) as transfers ended within {@value #SPAN_NS} ns at the best
     * of times: whoever has a wide link and receivers that are busy with others needs more of them. What is asked for has
     * the least number of slots for itself then.
     *
     * @param leastSlots so many at least
     * @param mostSlots so many at most
     * @param longest as above
     */
    public UploadQueue(int leastSlots, int mostSlots, int longest) {
        this.slots = leastSlots;
        this.leastSlots = leastSlots;
        this.mostSlots = mostSlots;
        this.longest = longest;
        for (Priority priority : Priority.values()) {
            waiting.put(priority, new ArrayDeque<>());
        }
    }

    /**
     * Queues a want; {@code false} if there is no room, so that the asker should go elsewhere.
     *
     * @param chunk what is wanted; equal for wants of the same chunk
     * @param has how many chunks of the same blob the receiver says that it has; of no account for a blocked read
     */
    public boolean offer(P peer, W want, Priority priority, Object chunk, int has, long nowNs) {
        boolean full = length >= (priority == Priority.ON_DEMAND ? 4 * longest : longest);
        Receiver<P> known = receivers.get(peer);
        if (full && known != null && known.waiting >= FAIR_SHARE) {
            return false;
        }
        Receiver<P> to = known != null ? known : receiver(peer);
        to.waiting++;
        boolean blocked = priority == Priority.ON_DEMAND;
        int steps = blocked ? 0 : has / STEP_CHUNKS;
        int ahead = !blocked && has == 0 ? AHEAD : 0;
        waiting.get(priority).add(new Waiting<>(to, want, cell(chunk), steps, ahead, nowNs));
        length++;
        return true;
    }

    private Receiver<P> receiver(P peer) {
        return receivers.computeIfAbsent(peer, Receiver::new);
    }

    private void forgetIfIdle(Receiver<P> receiver) {
        if (receiver.running == 0 && receiver.waiting == 0) {
            receivers.remove(receiver.peer);
        }
    }

    /** {@code taken} was taken out of its queue. */
    private void gone(Waiting<P, W> taken) {
        length--;
        taken.to.waiting--;
        forgetIfIdle(taken.to);
    }

    private long patienceNs() {
        return Math.max(LEAST_PATIENCE_NS, 4 * sendTimes.percentileNs(50, LEAST_PATIENCE_NS));
    }

    /**
     * Takes out a want that has waited for far longer than a full queue takes to send, because others went before it: its
     * asker should go elsewhere. Nothing that a read is blocked on is given up so, and nothing in the background, which
     * waits for reads wherever it is asked for. To be asked for until there is none.
     */
    public Optional<W> neglected(long nowNs) {
        Waiting<P, W> oldest = waiting.get(Priority.PREFETCH).peek();
        if (oldest == null || nowNs - oldest.sinceNs <= patienceNs()) {
            return Optional.empty();
        }
        waiting.get(Priority.PREFETCH).remove();
        gone(oldest);
        return Optional.of(oldest.want);
    }

    /** Whether a transfer of what was queued may start now. */
    public boolean hasFreeSlot(long nowNs) {
        forgetStalled(nowNs);
        return counting < leastSlots || slots > leastSlots && counting - countingGifts < leastSlots;
    }

    /** Whether a transfer may {@link #start} that never waited here. */
    public boolean mayGive(long nowNs) {
        forgetStalled(nowNs);
        return counting < slots;
    }

    private void forgetStalled(long nowNs) {
        if (counting < leastSlots) {
            return;
        }
        long patienceNs = patienceNs();
        if (nowNs - oldestNs <= patienceNs) {
            return;
        }
        oldestNs = nowNs;
        for (Running<P> transfer : running.values()) {
            if (transfer.counts && nowNs - transfer.sinceNs > patienceNs) {
                uncount(transfer);
            } else if (transfer.counts) {
                oldestNs = Math.min(oldestNs, transfer.sinceNs);
            }
        }
    }

    private void uncount(Running<P> transfer) {
        transfer.counts = false;
        counting--;
        countingGifts -= transfer.gift ? 1 : 0;
    }

    /** The next want to answer, which then runs until {@link #done}; none if every slot is taken or nothing waits. */
    public Optional<W> next(long nowNs) {
        return hasFreeSlot(nowNs) ? take(Priority.BACKGROUND, nowNs) : Optional.empty();
    }

    /** The same, but only for wants of priority {@code least} or more urgent. */
    public Optional<W> next(Priority least, long nowNs) {
        return hasFreeSlot(nowNs) ? take(least, nowNs) : Optional.empty();
    }

    private Optional<W> take(Priority least, long nowNs) {
        for (Priority priority : PRIORITIES) {
            if (priority.compareTo(least) > 0) {
                break;
            }
            Waiting<P, W> best = null;
            for (Waiting<P, W> candidate : waiting.get(priority)) {
                if (candidate.to.running < slots && (best == null || isBetter(candidate, best))) {
                    best = candidate;
                    if (best.load() == 0 && best.steps == 0 && timesSent[best.cell] == 0) {
                        break;
                    }
                }
            }
            if (best != null) {
                count(best.cell);
                start(best.to, best.want, nowNs, false);
                remove(priority, best);
                return Optional.of(best.want);
            }
        }
        return Optional.empty();
    }

    private boolean isBetter(Waiting<P, W> one, Waiting<P, W> other) {
        if (one.load() != other.load()) {
            return one.load() < other.load();
        }
        return one.steps < other.steps || one.steps == other.steps && timesSent[one.cell] < timesSent[other.cell];
    }

    private static int cell(Object chunk) {
        int hash = chunk.hashCode() * 0x9e3779b9;
        return (hash ^ hash >>> 16) & CELLS - 1;
    }

    private void count(int cell) {
        if (++timesSent[cell] == Byte.MAX_VALUE) {
            for (int i = 0; i < CELLS; i++) {
                timesSent[i] /= 2;
            }
        }
    }

    private void remove(Priority priority, Waiting<P, W> taken) {
        Iterator<Waiting<P, W>> all = waiting.get(priority).iterator();
        while (all.hasNext()) {
            if (all.next() == taken) {
                all.remove();
                gone(taken);
                return;
            }
        }
    }

    /** Starts a transfer that never waited here; {@code want} is an object of its own. */
    public void start(P peer, W want, long nowNs) {
        start(receiver(peer), want, nowNs, true);
        countingGifts++;
    }

    private void start(Receiver<P> to, W want, long nowNs, boolean gift) {
        oldestNs = counting == 0 ? nowNs : oldestNs;
        running.put(want, new Running<>(to, nowNs, gift));
        to.running++;
        counting++;
    }

    /** Number of transfers that run to {@code peer}. */
    public int load(P peer) {
        Receiver<P> receiver = receivers.get(peer);
        return receiver == null ? 0 : receiver.running;
    }

    /** Number of wants that wait. */
    public int length() {
        return length;
    }

    /** The transfer of this very {@code want} has ended, sent or not. */
    public void done(W want, long nowNs) {
        Running<P> transfer = running.remove(want);
        if (transfer == null) {
            return;
        }
        sendTimes.add(nowNs - transfer.sinceNs);
        adapt(nowNs);
        transfer.to.running--;
        forgetIfIdle(transfer.to);
        if (transfer.counts) {
            uncount(transfer);
        }
    }

    private void adapt(long nowNs) {
        endedInSpan++;
        long spanNs = nowNs - spanSinceNs;
        if (spanNs >= SPAN_NS) {
            mostEnded = Math.max((double) endedInSpan * SPAN_NS / spanNs, mostEnded * FADING);
            slots = Math.clamp((int) mostEnded, leastSlots, mostSlots);
            spanSinceNs = nowNs;
            endedInSpan = 0;
        }
    }

    /** Forgets those wants of {@code peer} that still wait and that {@code which} names; what runs ends by {@link #done}. */
    public void cancelIf(P peer, Predicate<W> which) {
        if (!receivers.containsKey(peer)) {
            return;
        }
        for (Queue<Waiting<P, W>> queue : waiting.values()) {
            queue.removeIf(w -> {
                boolean cancelled = w.to.peer.equals(peer) && which.test(w.want);
                if (cancelled) {
                    gone(w);
                }
                return cancelled;
            });
        }
    }
}
