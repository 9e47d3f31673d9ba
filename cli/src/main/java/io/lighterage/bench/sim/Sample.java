package io.lighterage.bench.sim;

/** What is measured of one host; instants in nanoseconds, -1 for never. */
final class Sample {
    long beginNs = -1;
    long firstNs = -1;
    long doneNs = -1;
    boolean failed;
    boolean slow;

    void first(long nowNs) {
        if (firstNs < 0) {
            firstNs = nowNs;
        }
    }
}
