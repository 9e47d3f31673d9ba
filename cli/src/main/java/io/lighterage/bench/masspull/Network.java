package io.lighterage.bench.masspull;

import io.lighterage.bench.report.Report;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A registry, a supernode and hosts, each in a network namespace of its own behind a shaped link, joined by one switch:
 *
 * <pre>
 *   upstream --- [ switch ] --- supernode
 *                 |  |  |
 *              host1 .. hostN
 * </pre>
 *
 * Links are shaped with {@code tc tbf} at both ends of each veth pair, so that each direction has its own rate. The
 * burst is what the rate makes in 4 ms, at least 64 KiB: a packet of TCP segmentation offload passes whole and the
 * granularity of timers costs no rate. The queue is 50 ms long on top of it: less drops whole windows where several
 * senders meet at one link.
 */
final class Network implements AutoCloseable {
    static final String UPSTREAM = Scene.UPSTREAM;
    static final String SUPERNODE = Scene.SUPERNODE;
    static final List<String> TOOLS = List.of("ip", "tc", "setpriv");

    private static final String SUBNET = "10.77.";
    private static final int PREFIX = 16;
    private static final int BYTES_PER_MBIT = 125_000;
    private static final int LEAST_BURST = 65_536;

    private final Namespace hub;
    private final Map<String, Namespace> ends;

    private Network(Namespace hub, Map<String, Namespace> ends) {
        this.hub = hub;
        this.ends = ends;
    }

    /** @param slowHost index of a host whose link is narrower by {@code slowFactor}; negative for none */
    static Network create(int hosts, LinkRates rates, int slowHost, int slowFactor)
            throws IOException, InterruptedException {
        Network network = new Network(Namespace.create("switch"), new LinkedHashMap<>());
        try {
            network.hub.run(List.of("ip", "-batch", "-"), "link add br0 type bridge\nlink set br0 up\n");
            network.join(UPSTREAM, SUBNET + "0.2", rates.upstream());
            network.join(SUPERNODE, SUBNET + "0.3", rates.supernode());
            for (int i = 0; i < hosts; i++) {
                int kbit = rates.host() * 1000 / (i == slowHost ? slowFactor : 1);
                network.join(Scene.host(i), SUBNET + "1." + (i + 1), kbit / 1000.0);
            }
            network.introduceAll();
            return network;
        } catch (IOException | InterruptedException | RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private void join(String name, String address, double mbit) throws IOException, InterruptedException {
        Namespace end = Namespace.create(name);
        ends.put(name, end);
        // Every packet of every host costs this one machine's CPU: let TCP build larger ones, as a network card would.
        end.sysctl("ipv4.tcp_congestion_control", "reno");
        end.sysctl("ipv4.tcp_min_tso_segs", "16");
        hub.run(List.of("ip", "-batch", "-"), "link add " + name + " type veth peer name eth0 netns " + end.tid()
                + "\nlink set " + name + " master br0 up\n");
        end.run(List.of("ip", "-batch", "-"), "link set eth0 address " + mac(name) + "\naddr add " + address + "/"
                + PREFIX + " dev eth0\nlink set eth0 up\n");
        shape(hub, name, mbit);
        shape(end, "eth0", mbit);
    }

    /**
     * Tells everybody everybody's hardware address. The kernel's table of what it finds out itself is one for all
     * namespaces, and has room for 1024: 64 hosts that talk to each other overflow it and wait for seconds.
     */
    private void introduceAll() throws IOException, InterruptedException {
        for (String name : ends.keySet()) {
            StringBuilder neighbours = new StringBuilder();
            for (String other : ends.keySet()) {
                if (!other.equals(name)) {
                    neighbours.append("neigh replace ").append(ip(other)).append(" lladdr ").append(mac(other))
                            .append(" dev eth0 nud permanent\n");
                }
            }
            ends.get(name).run(List.of("ip", "-batch", "-"), neighbours.toString());
        }
    }

    private static String mac(String name) {
        String[] bytes = ip(name).split("\\.");
        return String.format(
                "02:00:%02x:%02x:%02x:%02x", Integer.parseInt(bytes[0]), Integer.parseInt(bytes[1]),
                        Integer.parseInt(bytes[2]),
                Integer.parseInt(bytes[3]));
    }

    private static void shape(Namespace where, String device, double mbit) throws IOException, InterruptedException {
        long bytesASecond = (long) (mbit * BYTES_PER_MBIT);
        long burst = Math.max(LEAST_BURST, bytesASecond / 250);
        where.run("tc", "qdisc", "add", "dev", device, "root", "tbf", "rate", bytesASecond * 8 + "bit",
                "burst", Long.toString(burst), "limit", Long.toString(burst + bytesASecond / 20));
    }

    /** The network of a party, by its name. */
    Namespace at(String name) {
        return ends.get(name);
    }

    /** Where a party's {@code port} is for all others. */
    static InetSocketAddress address(String name, int port) {
        return new InetSocketAddress(ip(name), port);
    }

    static String ip(String name) {
        return SUBNET + switch (name) {
            case UPSTREAM -> "0.2";
            case SUPERNODE -> "0.3";
            default -> "1." + name.substring("host".length());
        };
    }

    /** Pulls a party's cable, or plugs it in again; nobody is told. */
    void plug(String name, boolean in) throws IOException, InterruptedException {
        hub.run("ip", "link", "set", name, in ? "up" : "down");
    }

    /** Bytes of packets that each party has sent and received so far. */
    Map<String, Report.Moved> moved() throws IOException, InterruptedException {
        Map<String, Report.Moved> all = new LinkedHashMap<>();
        for (String line : hub.devices()) {
            String[] words = line.trim().split("[:\\s]+");
            if (words.length > 10 && ends.containsKey(words[0])) {
                // The switch receives what the party sends.
                all.put(words[0], new Report.Moved(Long.parseLong(words[1]), Long.parseLong(words[9])));
            }
        }
        return all;
    }

    @Override
    public void close() {
        List<Namespace> all = new ArrayList<>(ends.values());
        all.add(hub);
        all.forEach(Namespace::close);
    }
}
