package io.lighterage.bench.flow;

/** Something that happens at an instant of a {@link Timeline}, of which it waits at most once at a time. */
public abstract class Event {
    static final long NOT_SCHEDULED = -1;

    Event previous;
    Event next;
    long tick = NOT_SCHEDULED;

    /** Whether it waits for its time. */
    public final boolean isScheduled() {
        return tick != NOT_SCHEDULED;
    }

    /** Its time has come; it may be scheduled again. */
    protected abstract void happen();
}
