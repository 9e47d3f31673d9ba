package io.lighterage.bench.flow;

import java.util.Arrays;

/** One direction of a link of some capacity, and the flows that share it. Owned by its {@link FlowNetwork}. */
public final class Link {
    final String name;
    final double capacity;

    /** The flows, and where in its own path each has this link. */
    Flow[] flows = new Flow[4];

    byte[] places = new byte[4];
    int count;

    /** What a flow gets here at most, in bytes a nanosecond; infinite while others hold all flows below their share. */
    double level = Double.POSITIVE_INFINITY;

    boolean marked;
    int changes;
    double carried;

    /** @param bytesPerSecond its capacity, above 0 */
    public Link(String name, double bytesPerSecond) {
        if (!(bytesPerSecond > 0)) {
            throw new IllegalArgumentException("link " + name + " has a capacity of " + bytesPerSecond + " bytes a second");
        }
        this.name = name;
        this.capacity = bytesPerSecond / 1e9;
    }

    /** Number of flows that share it. */
    public int flows() {
        return count;
    }

    /** The bytes of all flows that went through it and have ended. */
    public double carriedBytes() {
        return carried;
    }

    /** Capacity in bytes a second. */
    public double bytesPerSecond() {
        return capacity * 1e9;
    }

    /** What all flows get together now, in bytes a second. */
    public double usedBytesPerSecond() {
        double used = 0;
        for (int i = 0; i < count; i++) {
            used += flows[i].rate;
        }
        return used * 1e9;
    }

    void add(Flow flow, int place) {
        if (count == flows.length) {
            flows = Arrays.copyOf(flows, 2 * count);
            places = Arrays.copyOf(places, 2 * count);
        }
        flow.slots[place] = count;
        flows[count] = flow;
        places[count++] = (byte) place;
    }

    void remove(Flow flow, int place) {
        int slot = flow.slots[place];
        count--;
        flows[slot] = flows[count];
        places[slot] = places[count];
        flows[slot].slots[places[slot]] = slot;
        flows[count] = null;
    }

    @Override
    public String toString() {
        return name;
    }
}
