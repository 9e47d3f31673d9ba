package io.lighterage.peer.swarm;

/** The times and amounts by which nodes and supernode act on the decisions of this package; a simulation has the same. */
public final class Pace {
    /**
     * Transfers that a node runs at once. Of a flash crowd, as measured: with four a link idles while TCP begins slowly on
     * each of many connections, and with eight some receivers have too few of them to fill theirs; 12 save 3 % of the time.
     */
    public static final int UPLOADS = 12;

    /** So many times as many transfers as usual the supernode runs at once, if its link is that wide. */
    public static final int SUPERNODE_STRETCH = 16;

    /** Wants that wait at a node before it says that it is busy. */
    public static final int LONGEST_QUEUE = 24;

    /** How long nothing comes before a node looks for what it wants elsewhere. */
    public static final long STALL_MILLIS = 3_000;

    /** How long a node waits for a supernode that is away. */
    public static final long GRACE_MILLIS = 2_000;

    /** How often a node looks at the time. */
    public static final long TICK_MILLIS = 20;

    /** While no read is blocked, or answers take long, a node looks at the time only every so many ticks. */
    public static final int CALM_TICKS = 5;

    /** That is so often, in nanoseconds. */
    static final long CALM_NS = CALM_TICKS * TICK_MILLIS * 1_000_000;

    /** So many news of one blob do not wait. */
    static final int ANNOUNCE_AT_ONCE = 32;

    private static final long ANNOUNCE_MILLIS = 16;
    private static final long FRESH_MILLIS = 4;
    static final long LONGEST_ANNOUNCE_MILLIS = 160;

    /** So many times the stall time a transfer waits while others go on. */
    public static final int PATIENCE = 20;

    /** How long a node waits before it asks the supernode about the same blob again, in milliseconds. */
    public static final long REOPEN_MILLIS = 5_000;

    /** A node that asks about a blob again after so long finds nothing among the nodes that it was told of. */
    public static final long STARVED_MILLIS = 2_000;

    /** How long a host that is asked for too much asks to be left alone; the supernode four times as long. */
    public static final int BUSY_MILLIS = 50;

    /** How long a node may take at most to show a chunk that the supernode gave it, before another one gets it. */
    public static final long SHOW_PATIENCE_MILLIS = 5_000;

    /** How long a node that is to ask another for a blob of one chunk leaves the supernode alone. */
    public static final int RELAY_MILLIS = 400;

    /** For so long at most a node keeps one waiting whom it is to pass on what it has not yet. */
    public static final long RELAY_PATIENCE_MILLIS = 2_000;

    /** How often the supernode tells of new table entries. */
    public static final long FLUSH_MILLIS = 50;

    /** How often the supernode takes gifts back that were not shown. */
    public static final long SWEEP_MILLIS = 500;

    /** Chunks that a node reads from upstream in one request: so many bytes, rounded to whole chunks. */
    public static final int DIRECT_RUN_BYTES = 8 << 20;

    private Pace() {}

    /**
     * How long after the last news the next ones may go out, where nothing lets them go before ({@link NewsPace}).
     *
     * @param neighbours that they go to
     */
    static long announceMillis(int neighbours) {
        return Math.min(LONGEST_ANNOUNCE_MILLIS, ANNOUNCE_MILLIS * neighbours);
    }

    /**
     * How long after the last news those of a chunk may go out that no other node has: all others wait for it.
     *
     * @param neighbours that they go to
     */
    static long freshMillis(int neighbours) {
        return Math.min(LONGEST_ANNOUNCE_MILLIS, FRESH_MILLIS * neighbours);
    }
}
