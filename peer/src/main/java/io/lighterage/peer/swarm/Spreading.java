package io.lighterage.peer.swarm;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What a supernode sent of late to those who ask by index: where many hosts start the same container at once, all of them
 * ask for the same chunks in the same order. The first one gets a chunk; the others are told to ask for it again a little
 * later and go on with the next one, and most find it at their neighbours meanwhile. Nobody is told so twice of one chunk,
 * nor where whoever was sent it has left.
 *
 * @param <P> what the caller knows a host by
 * @param <C> what the caller knows a chunk by
 */
public final class Spreading<P, C> {
    /** After how many milliseconds a host that has nothing else to wait for may ask again. */
    public static final int LATER_MILLIS = 120;

    /** So long others are told to look for a chunk elsewhere: on a slow link it takes seconds until all have it. */
    private static final long SPREAD_NS = 5_000_000_000L;

    private static final int MOST_CHUNKS = 16_384;

    private static final class Sent<P> {
        /** Null once that host has left. */
        P to;

        final long atNs;

        /** Those who were told to wait. */
        final Set<P> told = new HashSet<>();

        Sent(P to, long atNs) {
            this.to = to;
            this.atNs = atNs;
        }
    }

    /** The oldest first. */
    private final Map<C, Sent<P>> lately = new LinkedHashMap<>();

    /** Whether {@code peer} is sent {@code chunk} now; else it is to ask again after {@value #LATER_MILLIS} ms. */
    public boolean mayHave(P peer, C chunk, long nowNs) {
        forgetOld(nowNs);
        Sent<P> sent = lately.get(chunk);
        if (sent == null) {
            lately.put(chunk, new Sent<>(peer, nowNs));
        } else if (sent.to == null) {
            sent.to = peer;
        } else if (!sent.to.equals(peer) && sent.told.add(peer)) {
            return false;
        }
        return true;
    }

    /** {@code peer} is gone: nobody can get from it what it was sent. */
    public void leave(P peer) {
        for (Sent<P> sent : lately.values()) {
            sent.told.remove(peer);
            if (peer.equals(sent.to)) {
                sent.to = null;
            }
        }
    }

    private void forgetOld(long nowNs) {
        var all = lately.values().iterator();
        while (all.hasNext() && (nowNs - all.next().atNs >= SPREAD_NS || lately.size() > MOST_CHUNKS)) {
            all.remove();
        }
    }
}
