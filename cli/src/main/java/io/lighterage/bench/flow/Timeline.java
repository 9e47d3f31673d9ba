package io.lighterage.bench.flow;

import java.util.function.BooleanSupplier;

/**
 * Simulated time, and what happens in it: a hierarchical timing wheel with two wheels.
 *
 * <p>Instants are rounded to ticks of {@value #TICK_NS} ns. What falls into one tick happens in the order in which it was
 * scheduled, so that a simulation takes the same course every time. Scheduling and cancelling cost the same however much
 * waits, which a simulation of many flows needs: each change of a flow's rate moves its end.
 */
public final class Timeline {
    /** Nanoseconds in a tick. */
    public static final long TICK_NS = 4096;

    private static final int NEAR_BITS = 16;
    private static final int NEAR = 1 << NEAR_BITS;
    private static final int FAR = 1 << 15;

    /** One list of events for each tick of the present epoch. */
    private final Wheel near = new Wheel(NEAR);

    /** One list of events for each of the epochs after it. */
    private final Wheel far = new Wheel(FAR);

    private long nowTick;
    private long happened;

    /** Lists of events in a circle, and which of them hold any. */
    private static final class Wheel {
        final Event[] first;
        final Event[] last;
        final long[] occupied;

        Wheel(int size) {
            first = new Event[size];
            last = new Event[size];
            occupied = new long[size / Long.SIZE];
        }

        void add(int slot, Event event) {
            event.previous = last[slot];
            event.next = null;
            if (last[slot] == null) {
                first[slot] = event;
                occupied[slot >> 6] |= 1L << slot;
            } else {
                last[slot].next = event;
            }
            last[slot] = event;
        }

        void remove(int slot, Event event) {
            if (event.previous == null) {
                first[slot] = event.next;
            } else {
                event.previous.next = event.next;
            }
            if (event.next == null) {
                last[slot] = event.previous;
            } else {
                event.next.previous = event.previous;
            }
            if (first[slot] == null) {
                occupied[slot >> 6] &= ~(1L << slot);
            }
            event.previous = null;
            event.next = null;
        }

        /** The first slot at or behind {@code from} that holds an event, or -1. */
        int nextOccupied(int from) {
            int word = from >> 6;
            if (word >= occupied.length) {
                return -1;
            }
            long bits = occupied[word] & -1L << from;
            while (bits == 0 && ++word < occupied.length) {
                bits = occupied[word];
            }
            return bits == 0 ? -1 : (word << 6) + Long.numberOfTrailingZeros(bits);
        }
    }

    /** The present instant in nanoseconds since the beginning. */
    public long nowNs() {
        return nowTick * TICK_NS;
    }

    /** Number of events that have happened. */
    public long happened() {
        return happened;
    }

    /**
     * Lets {@code event} happen at {@code atNs}, or at once if that is past; if it waits already, its time changes.
     *
     * @throws IllegalArgumentException if that is more than two hours ahead
     */
    public void schedule(Event event, long atNs) {
        long tick = Math.max(nowTick, (atNs + TICK_NS / 2) / TICK_NS);
        if (event.tick == tick) {
            return;
        }
        cancel(event);
        if ((tick >> NEAR_BITS) - (nowTick >> NEAR_BITS) >= FAR) {
            throw new IllegalArgumentException("an event at " + atNs / 1_000_000_000 + " s is too far ahead to be simulated");
        }
        event.tick = tick;
        wheelOf(tick).add(slotOf(tick), event);
    }

    /** Lets {@code event} not happen. */
    public void cancel(Event event) {
        if (event.tick != Event.NOT_SCHEDULED) {
            wheelOf(event.tick).remove(slotOf(event.tick), event);
            event.tick = Event.NOT_SCHEDULED;
        }
    }

    /** Lets {@code action} run at {@code atNs}. */
    public void at(long atNs, Runnable action) {
        schedule(new Event() {
            @Override
            protected void happen() {
                action.run();
            }
        }, atNs);
    }

    private boolean isNear(long tick) {
        return tick >> NEAR_BITS == nowTick >> NEAR_BITS;
    }

    private Wheel wheelOf(long tick) {
        return isNear(tick) ? near : far;
    }

    private int slotOf(long tick) {
        return isNear(tick) ? (int) (tick & NEAR - 1) : (int) (tick >> NEAR_BITS & FAR - 1);
    }

    /**
     * Runs until nothing waits any more, or {@code ended} says so after a tick.
     *
     * @param afterTick called after all that happens in a tick, may schedule more of it later
     */
    public void run(Runnable afterTick, BooleanSupplier ended) {
        while (!ended.getAsBoolean() && advance()) {
            int slot = (int) (nowTick & NEAR - 1);
            for (Event event = near.first[slot]; event != null; event = near.first[slot]) {
                near.remove(slot, event);
                event.tick = Event.NOT_SCHEDULED;
                happened++;
                event.happen();
            }
            afterTick.run();
        }
    }

    /** Goes to the next tick in which something happens; {@code false} if there is none. */
    private boolean advance() {
        int slot = near.nextOccupied((int) (nowTick & NEAR - 1));
        if (slot < 0) {
            long epoch = nowTick >> NEAR_BITS;
            int from = (int) (epoch + 1 & FAR - 1);
            int farSlot = far.nextOccupied(from);
            if (farSlot < 0) {
                farSlot = far.nextOccupied(0);
            }
            if (farSlot < 0) {
                return false;
            }
            nowTick = epoch + 1 + (farSlot - from & FAR - 1) << NEAR_BITS;
            for (Event event = far.first[farSlot]; event != null; event = far.first[farSlot]) {
                far.remove(farSlot, event);
                near.add((int) (event.tick & NEAR - 1), event);
            }
            slot = near.nextOccupied(0);
        }
        nowTick = (nowTick & -NEAR) + slot;
        return true;
    }
}
