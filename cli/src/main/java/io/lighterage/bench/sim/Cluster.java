package io.lighterage.bench.sim;

import io.lighterage.bench.flow.Event;
import io.lighterage.bench.flow.Flow;
import io.lighterage.bench.flow.FlowNetwork;
import io.lighterage.bench.flow.Link;
import io.lighterage.bench.flow.Timeline;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** The simulated hosts, the supernode, the registry, what joins them, and the time that they share. */
final class Cluster {
    private static final double BYTES_PER_MBIT = Datacenter.BYTES_PER_MBIT;

    private final Setting setting;
    private final Timeline timeline = new Timeline();
    private final FlowNetwork network;
    private final Counters counters;
    private final SplittableRandom random;
    private final Link upstream;
    private final Link[] rackUp;
    private final Link[] rackDown;
    private final Link[] zoneUp;
    private final Link[] zoneDown;
    private final Supernode supernode;
    private final List<Host> hosts;

    Cluster(Setting setting, HostWork work) {
        this.setting = setting;
        this.network = new FlowNetwork(timeline, setting.tolerance());
        this.random = new SplittableRandom(setting.seed());
        Datacenter datacenter = setting.datacenter();
        this.counters = new Counters(datacenter.racks());
        this.upstream = link("upstream", datacenter.upstreamMbit());
        this.rackUp = links("rack up", datacenter.racks(), datacenter.rackMbit());
        this.rackDown = links("rack down", datacenter.racks(), datacenter.rackMbit());
        this.zoneUp = links("zone up", datacenter.zones(), datacenter.zoneMbit());
        this.zoneDown = links("zone down", datacenter.zones(), datacenter.zoneMbit());
        this.supernode = new Supernode(
                this, link("supernode up", datacenter.supernodeMbit()), link("supernode down", datacenter.supernodeMbit()));
        this.hosts = new ArrayList<>(datacenter.hosts());
        for (int i = 0; i < datacenter.hosts(); i++) {
            hosts.add(host(i, work));
        }
    }

    private Host host(int number, HostWork work) {
        Datacenter datacenter = setting.datacenter();
        Faults faults = setting.faults();
        Sample sample = new Sample();
        sample.slow = faults.slowShare() > 0 && random.nextDouble() < faults.slowShare();
        double mbit = datacenter.hostMbit() / (sample.slow ? faults.slowFactor() : 1);
        Host host = new Host(
                this, number, datacenter.rackOf(number), datacenter.zoneOf(number),
                link("host up", mbit), link("host down", mbit), sample, work);
        connect(host, supernode);
        return host;
    }

    private static Link link(String name, double mbit) {
        return new Link(name, mbit * BYTES_PER_MBIT);
    }

    /** No links at all where the rate is 0, which stands for no limit. */
    private static Link[] links(String name, int count, double mbit) {
        Link[] links = new Link[mbit > 0 ? count : 0];
        for (int i = 0; i < links.length; i++) {
            links[i] = link(name + " " + i, mbit);
        }
        return links;
    }

    Setting setting() {
        return setting;
    }

    Costs costs() {
        return setting.costs();
    }

    Timeline timeline() {
        return timeline;
    }

    Counters counters() {
        return counters;
    }

    Supernode supernode() {
        return supernode;
    }

    List<Host> hosts() {
        return hosts;
    }

    Link upstream() {
        return upstream;
    }

    long nowNs() {
        return timeline.nowNs();
    }

    RandomGenerator newRandom() {
        return random.split();
    }

    // Links

    Link[] path(Endpoint from, Endpoint to) {
        List<Link> path = new ArrayList<>(6);
        path.add(from.up);
        leave(from, to, path);
        enter(from, to, path);
        path.add(to.down);
        return path.toArray(Link[]::new);
    }

    private void leave(Endpoint from, Endpoint to, List<Link> path) {
        if (from.rack != Endpoint.NO_RACK && from.rack != to.rack && rackUp.length > 0) {
            path.add(rackUp[from.rack]);
        }
        if (from.zone != to.zone && zoneUp.length > 0) {
            path.add(zoneUp[from.zone]);
        }
    }

    private void enter(Endpoint from, Endpoint to, List<Link> path) {
        if (from.zone != to.zone && zoneDown.length > 0) {
            path.add(zoneDown[to.zone]);
        }
        if (to.rack != Endpoint.NO_RACK && from.rack != to.rack && rackDown.length > 0) {
            path.add(rackDown[to.rack]);
        }
    }

    /** The registry stands outside of all zones. */
    Link[] fromUpstream(Host to) {
        List<Link> path = new ArrayList<>(4);
        path.add(upstream);
        if (rackDown.length > 0) {
            path.add(rackDown[to.rack]);
        }
        path.add(to.down);
        return path.toArray(Link[]::new);
    }

    long latencyNs(Endpoint one, Endpoint other) {
        if (one.zone != other.zone) {
            return costs().farNs();
        }
        return one.rack == other.rack ? costs().rackNs() : costs().zoneNs();
    }

    private static void connect(Host host, Endpoint other) {
        Peering peering = Peering.between(host, other);
        if (other instanceof Host there) {
            there.joined(peering.reverse);
        }
        host.joined(peering);
    }

    /** Opens a connection between two hosts, unless they have one by then: three times through the network. */
    void dial(Host from, Host to) {
        timeline.at(nowNs() + 3 * latencyNs(from, to), () -> {
            if (from.alive && to.alive && !from.isConnectedTo(to)) {
                connect(from, to);
            }
        });
    }

    /** Kills an endpoint: its connections break, and what was on its way over them. */
    void kill(Endpoint endpoint) {
        endpoint.alive = false;
        List<Peering> broken = new ArrayList<>();
        if (endpoint instanceof Host host) {
            broken.addAll(host.peerings);
        } else {
            hosts.forEach(h -> broken.add(h.supernode.reverse));
        }
        for (Peering peering : broken) {
            peering.closed = true;
            peering.reverse.closed = true;
            endpoint.sender().leave(peering);
            timeline.at(nowNs() + peering.latencyNs, () -> left(peering.reverse));
        }
    }

    private void left(Peering peering) {
        if (!peering.self.alive) {
            return;
        }
        switch (peering.self) {
            case Host host -> host.left(peering);
            case Supernode s -> s.left(peering);
            default -> throw new IllegalStateException("neither host nor supernode");
        }
    }

    // Time and bytes

    void after(Event event, long ns) {
        timeline.schedule(event, nowNs() + ns);
    }

    /** Lets {@code arrive} happen at the other end of a connection. */
    void tell(Peering over, Runnable arrive) {
        timeline.at(nowNs() + over.latencyNs, () -> {
            if (!over.closed && over.other.alive) {
                arrive.run();
            }
        });
    }

    /** Carries {@code content} bytes and what they are wrapped in. */
    void start(Flow flow, Link[] path, double content) {
        network.start(flow, path, content * (1 + costs().overhead()));
    }

    /** Ends a flow early; answers the bytes of content that it carried. */
    double stop(Flow flow) {
        return network.stop(flow) / (1 + costs().overhead());
    }

    void settle() {
        network.settle();
    }
}
