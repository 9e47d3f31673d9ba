package io.lighterage.bench.masspull;

import static io.lighterage.bench.sim.ImpossibleSettingException.require;

/**
 * Rates of links in Mbit/s, each way; 1 to 100000.
 *
 * @param host each host's link
 * @param upstream the registry's link
 * @param supernode the supernode's link
 */
public record LinkRates(int host, int upstream, int supernode) {
    private static final int MOST = 100_000;
    private static final double BYTES_PER_MBIT = 125_000;

    public LinkRates {
        requireRate("host-mbit", host);
        requireRate("upstream-mbit", upstream);
        requireRate("supernode-mbit", supernode);
    }

    private static void requireRate(String name, int mbit) {
        require(mbit >= 1 && mbit <= MOST, name + ": " + mbit + " is not from 1 to " + MOST);
    }

    /** The least time in which any means brings {@code bytes} to every host by way of the supernode. */
    public double boundSeconds(long bytes) {
        return bytes / (Math.min(host, Math.min(upstream, supernode)) * BYTES_PER_MBIT);
    }

    /** As users write them: {@code host/upstream/supernode}. */
    @Override
    public String toString() {
        return host + "/" + upstream + "/" + supernode;
    }
}
