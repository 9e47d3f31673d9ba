package io.lighterage.bench.sim;

/**
 * What came of a simulation. Instants are seconds of simulated time since its beginning, -1 for never.
 *
 * @param partial whether it was ended before all was done; {@code why} says by what
 * @param begun when each host began
 * @param first when each host's first chunk arrived
 * @param done when each host had all that it was to have
 * @param failed whether a host was killed
 * @param started when each container had started; empty for a mass pull
 * @param matrix bytes of content between racks, by sender and receiver; the last row and column are the supernode's
 * @param events number of events that were simulated
 */
public record Result(
        Setting setting,
        boolean partial,
        String why,
        double simulatedSeconds,
        double[] begun,
        double[] first,
        double[] done,
        boolean[] failed,
        double[] started,
        double upstreamBytes,
        double upstreamToNodesBytes,
        double supernodeBytes,
        double nodesBytes,
        double controlBytes,
        double duplicateBytes,
        double[][] matrix,
        long hedges,
        long busy,
        long later,
        long chunks,
        long events) {}
