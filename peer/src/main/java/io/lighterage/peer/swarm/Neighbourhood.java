package io.lighterage.peer.swarm;

import java.util.Arrays;

/**
 * The hosts that one host is connected to, each at a place of its own, and how busy each is kept.
 *
 * <p>What is true of a host is a bit at its place in a mask: a node decides thousands of times a second whom to ask for
 * what, and so looks at all hosts at once instead of at one after the other. Not safe for use by several threads.
 */
public final class Neighbourhood {
    /** A node is slow whose last answer took so many times as long as answers take on average. */
    private static final double SLOW = 1.3;

    /** Of the average, the part that one answer makes up. */
    private static final double WEIGHT = 1 / 64.0;

    private Neighbour[] places = new Neighbour[Long.SIZE];
    private int[] outstanding = new int[Long.SIZE];
    private long[] blockedUntilNs = new long[Long.SIZE];

    /** Places that are taken. */
    private long[] taken = new long[1];

    /** Hosts that were asked for something and have not answered. */
    private long[] busy = new long[1];

    /** Hosts that may be blocked still; {@link #blockedUntilNs} says until when. */
    private long[] blocked = new long[1];

    /** Nodes whose last answer took long, for others ask them for much. */
    private long[] slow = new long[1];

    private double averageAnswerNs;
    private int outstandingOfNodes;
    private int busyNodes;

    /** Requests that were answered or taken back so far. */
    private long answers;

    private boolean anyCame;
    private long lastCameNs;

    /** {@code neighbour} is connected from now on; answers it. */
    public Neighbour join(Neighbour neighbour) {
        if (neighbour.hood != null) {
            throw new IllegalArgumentException("a neighbour joins once");
        }
        int place = freePlace();
        places[place] = neighbour;
        taken[place >> 6] |= 1L << place;
        outstanding[place] = 0;
        blockedUntilNs[place] = neighbour.blockedUntilNs;
        set(blocked, place, neighbour.blockedUntilNs != Long.MIN_VALUE);
        neighbour.hood = this;
        neighbour.place = place;
        return neighbour;
    }

    private int freePlace() {
        for (int word = 0; word < taken.length; word++) {
            if (taken[word] != -1L) {
                return (word << 6) + Long.numberOfTrailingZeros(~taken[word]);
            }
        }
        int words = taken.length + 1;
        places = Arrays.copyOf(places, words * Long.SIZE);
        outstanding = Arrays.copyOf(outstanding, words * Long.SIZE);
        blockedUntilNs = Arrays.copyOf(blockedUntilNs, words * Long.SIZE);
        taken = Arrays.copyOf(taken, words);
        busy = Arrays.copyOf(busy, words);
        slow = Arrays.copyOf(slow, words);
        blocked = Arrays.copyOf(blocked, words);
        return (words - 1) * Long.SIZE;
    }

    /** {@code neighbour} is gone, and was taken out of every {@link Download}. */
    public void leave(Neighbour neighbour) {
        if (neighbour.hood != this) {
            return;
        }
        int place = neighbour.place;
        if (!neighbour.isSupernode()) {
            outstandingOfNodes -= outstanding[place];
            busyNodes -= outstanding[place] > 0 ? 1 : 0;
        }
        outstanding[place] = 0;
        set(busy, place, false);
        set(slow, place, false);
        set(blocked, place, false);
        set(taken, place, false);
        places[place] = null;
        neighbour.hood = null;
    }

    private static void set(long[] mask, int place, boolean value) {
        if (value) {
            mask[place >> 6] |= 1L << place;
        } else {
            mask[place >> 6] &= ~(1L << place);
        }
    }

    void asked(Neighbour neighbour) {
        if (outstanding[neighbour.place]++ == 0) {
            set(busy, neighbour.place, true);
            busyNodes += neighbour.isSupernode() ? 0 : 1;
        }
        outstandingOfNodes += neighbour.isSupernode() ? 0 : 1;
    }

    void answered(Neighbour neighbour) {
        answers++;
        if (--outstanding[neighbour.place] == 0) {
            set(busy, neighbour.place, false);
            busyNodes -= neighbour.isSupernode() ? 0 : 1;
        }
        outstandingOfNodes -= neighbour.isSupernode() ? 0 : 1;
    }

    /** A host has sent a chunk {@code ns} after it was asked for it. */
    void sent(Neighbour neighbour, long ns, long nowNs) {
        anyCame = true;
        lastCameNs = nowNs;
        if (!neighbour.isSupernode()) {
            averageAnswerNs += averageAnswerNs == 0 ? ns : (ns - averageAnswerNs) * WEIGHT;
            set(slow, neighbour.place, ns > SLOW * averageAnswerNs);
        }
    }

    void block(Neighbour neighbour, long untilNs) {
        blockedUntilNs[neighbour.place] = untilNs;
        set(blocked, neighbour.place, true);
    }

    Neighbour at(int place) {
        return places[place];
    }

    int outstandingAt(int place) {
        return outstanding[place];
    }

    /** Chunks that nodes, the supernode left out, were asked for and have not answered. */
    int outstanding() {
        return outstandingOfNodes;
    }

    /** Number of requests that were answered, or taken back, so far. */
    long answers() {
        return answers;
    }

    /** Whether something came within the last {@code ns}. */
    boolean isComing(long ns, long nowNs) {
        return anyCame && nowNs - lastCameNs <= ns;
    }

    /** What {@link #answers} must reach until twice as many have been answered as are waited for now. */
    long overtakenAt() {
        return answers + 2L * outstandingOfNodes;
    }

    /** Nodes, the supernode left out, that were asked for something and have not answered. */
    int busy() {
        return busyNodes;
    }

    long busy(int word) {
        return busy[word];
    }

    /** Nodes that took long to send what they were last asked for, in one word. */
    long slow(int word) {
        return slow[word];
    }

    /** Those of the hosts {@code among}, in a word of a mask, that are blocked at {@code nowNs}. */
    long blocked(int word, long among, long nowNs) {
        long maybe = blocked[word] & among;
        long sure = maybe;
        for (long rest = maybe; rest != 0; rest &= rest - 1) {
            int place = (word << 6) + Long.numberOfTrailingZeros(rest);
            if (nowNs >= blockedUntilNs[place]) {
                sure &= ~(1L << place);
            }
        }
        blocked[word] &= ~(maybe & ~sure);
        return sure;
    }
}
