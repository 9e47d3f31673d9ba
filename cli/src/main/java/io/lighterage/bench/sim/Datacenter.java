package io.lighterage.bench.sim;

import static io.lighterage.bench.sim.ImpossibleSettingException.require;

/**
 * Hosts in racks in zones, and what joins them. Hosts are dealt out to racks in turn, racks to zones; the supernode stands
 * in the first zone, in no rack. All links are full duplex with the same rate each way.
 *
 * @param hosts 1 to 100000
 * @param racks 1 to hosts
 * @param zones 1 to racks
 * @param hostMbit a host's link
 * @param rackMbit a rack's link to the rest, 0 where it never limits
 * @param zoneMbit a zone's link to the rest, 0 where it never limits
 * @param supernodeMbit the supernode's link
 * @param supernodeSlots transfers that the supernode runs at once
 * @param upstreamMbit the registry's link
 */
public record Datacenter(
        int hosts,
        int racks,
        int zones,
        double hostMbit,
        double rackMbit,
        double zoneMbit,
        double supernodeMbit,
        int supernodeSlots,
        double upstreamMbit) {
    /** As many hosts as can be simulated. */
    public static final int MOST_HOSTS = 100_000;

    static final double BYTES_PER_MBIT = 125_000;

    public Datacenter {
        require(hosts >= 1 && hosts <= MOST_HOSTS, "hosts: " + hosts + " is not from 1 to " + MOST_HOSTS);
        require(racks >= 1 && racks <= hosts, "racks: " + racks + " is not from 1 to the number of hosts, " + hosts);
        require(zones >= 1 && zones <= racks, "zones: " + zones + " is not from 1 to the number of racks, " + racks);
        requireRate("host-mbit", hostMbit, false);
        requireRate("rack-mbit", rackMbit, true);
        requireRate("zone-mbit", zoneMbit, true);
        requireRate("supernode-mbit", supernodeMbit, false);
        requireRate("upstream-mbit", upstreamMbit, false);
        require(supernodeSlots >= 1 && supernodeSlots <= 10_000,
                "supernode-slots: " + supernodeSlots + " is not from 1 to 10000");
    }

    private static void requireRate(String name, double mbit, boolean orNone) {
        require(mbit >= 0.001 && mbit <= 1e7 || orNone && mbit == 0,
                name + ": " + mbit + " is not from 0.001 to 10000000" + (orNone ? ", or 0 for no limit" : ""));
    }

    int rackOf(int host) {
        return host % racks;
    }

    int zoneOf(int host) {
        return rackOf(host) % zones;
    }

    /** The least time in which any means can bring {@code bytes} to every host, in seconds. */
    public double boundSeconds(double bytes) {
        double narrowest = Math.min(hostMbit, Math.min(supernodeMbit, upstreamMbit));
        if (rackMbit > 0) {
            narrowest = Math.min(narrowest, rackMbit);
        }
        if (zoneMbit > 0 && zones > 1) {
            narrowest = Math.min(narrowest, zoneMbit);
        }
        return bytes / (narrowest * BYTES_PER_MBIT);
    }
}
