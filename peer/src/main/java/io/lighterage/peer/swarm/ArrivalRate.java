package io.lighterage.peer.swarm;

/**
 * How fast content comes over this host's link at the best of times: the most of any half second, which fades. Not what comes
 * on average: who has asked for too little, or slow hosts, would take his link for slow and ask for even less.
 */
final class ArrivalRate {
    private static final long SPAN_NS = 500_000_000;

    /** So much of the best span is left when a span is over. */
    private static final double FADING = 0.9;

    private long spanSinceNs;
    private long inSpan;
    private double bestPerSpan;

    /** {@code bytes} have come. */
    void arrived(int bytes, long nowNs) {
        long spanNs = nowNs - spanSinceNs;
        if (spanNs >= SPAN_NS) {
            bestPerSpan = Math.max((double) inSpan * SPAN_NS / spanNs, bestPerSpan * FADING);
            spanSinceNs = nowNs;
            inSpan = 0;
        }
        inSpan += bytes;
    }

    /** Bytes that come within {@code ns}; 0 before anything is known. */
    double bytesWithin(long ns) {
        return bestPerSpan * ns / SPAN_NS;
    }
}
