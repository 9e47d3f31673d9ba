package io.lighterage.bench.sim;

/** What a simulation counts. */
final class Counters {
    /** Content between racks in bytes, by sender and receiver; the last row and column are the supernode's. */
    final double[][] matrix;

    private final int racks;
    double supernodeSent;
    double upstreamSent;
    double upstreamToNodes;
    double nodesSent;
    double controlBytes;
    double duplicateBytes;
    long hedges;
    long busy;
    long later;
    long chunks;

    Counters(int racks) {
        this.racks = racks;
        this.matrix = new double[racks + 1][racks + 1];
    }

    void carried(Endpoint from, Endpoint to, double bytes) {
        matrix[from.rack < 0 ? racks : from.rack][to.rack < 0 ? racks : to.rack] += bytes;
        if (from instanceof Supernode) {
            supernodeSent += bytes;
        } else {
            nodesSent += bytes;
        }
        chunks++;
    }
}
