package io.lighterage.bench.sim;

import static io.lighterage.bench.sim.ImpossibleSettingException.require;

/**
 * What goes wrong.
 *
 * @param failShare part of the hosts whose node is killed at some instant of the bound, 0 to 0.9
 * @param slowShare part of the hosts whose link is narrower, 0 to 1
 * @param slowFactor by so much, 1 or more
 * @param supernodeLostSeconds when the supernode is killed for good; negative for never
 */
public record Faults(double failShare, double slowShare, double slowFactor, double supernodeLostSeconds) {
    public static final Faults NONE = new Faults(0, 0, 10, -1);

    public Faults {
        require(failShare >= 0 && failShare <= 0.9, "fail: " + failShare + " is not from 0 to 0.9");
        require(slowShare >= 0 && slowShare <= 1, "slow: " + slowShare + " is not from 0 to 1");
        require(slowFactor >= 1 && slowFactor <= 1000, "slow-factor: " + slowFactor + " is not from 1 to 1000");
    }
}
