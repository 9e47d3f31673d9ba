package io.lighterage.bench.lab;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Parties, each in a network namespace of its own behind a shaped link, joined by one switch:
 *
 * <pre>
 *   one --- [ switch ] --- another
 *            |  |  |
 *           more of them
 * </pre>
 *
 * Links are shaped at both ends of each veth pair, so that each direction has its own rate. Owned by one thread, but
 * for what it tells.
 */
public final class Network implements AutoCloseable {
    /** The programs that it needs. */
    public static final List<String> TOOLS = List.of("ip", "tc", "setpriv", "setsid");

    private static final String END = "eth0";

    /** What a party's link has moved so far, in bytes of packets as the party sees it. */
    public record Moved(long sent, long received) {}

    private record Party(Namespace namespace, String address) {}

    private final Namespace hub;
    private final Map<String, Party> parties = new LinkedHashMap<>();

    private Network(Namespace hub) {
        this.hub = hub;
    }

    /** Makes a switch without parties. Needs root. */
    public static Network create() throws IOException, InterruptedException {
        Network network = new Network(Namespace.create("switch"));
        try {
            network.hub.ip("link add br0 type bridge\nlink set br0 up\n");
            return network;
        } catch (IOException | InterruptedException | RuntimeException e) {
            network.close();
            throw e;
        }
    }

    /**
     * Joins a party.
     *
     * @param name at most 15 characters, as it is the name of a device too
     * @param address of IPv4
     * @param prefix bits of {@code address} that all parties share
     * @param mbit rate of its link each way, in Mbit/s
     * @return its network, which is closed with this
     */
    public Namespace join(String name, String address, int prefix, double mbit)
            throws IOException, InterruptedException {
        Namespace end = Namespace.create(name);
        parties.put(name, new Party(end, address));
        hub.ip("link add " + name + " type veth peer name " + END + " netns " + end.tid() + "\nlink set " + name
                + " master br0 up\n");
        // What the machine itself has may be made for other links: with BBR half of all packets are lost in these.
        end.sysctl("ipv4.tcp_congestion_control", "reno");
        // Every packet of every host costs this one machine's CPU: let TCP build larger ones, as a network card would.
        end.sysctl("ipv4.tcp_min_tso_segs", "16");
        end.ip("link set " + END + " address " + mac(address) + "\naddr add " + address + "/" + prefix + " dev " + END
                + "\nlink set " + END + " up\n");
        shape(name, mbit);
        return end;
    }

    /** Sets the rate of a party's link each way, in Mbit/s. */
    public void shape(String name, double mbit) throws IOException, InterruptedException {
        Shape shape = Shape.of(mbit);
        hub.shape(name, shape);
        at(name).shape(END, shape);
    }

    /**
     * Tells everybody everybody's hardware address. The kernel's table of what it finds out itself is one for all
     * namespaces, and has room for 1024: 64 hosts that talk to each other overflow it and wait for seconds.
     */
    public void introduceAll() throws IOException, InterruptedException {
        for (Party party : parties.values()) {
            StringBuilder neighbours = new StringBuilder();
            for (Party other : parties.values()) {
                if (other != party) {
                    neighbours.append("neigh replace ").append(other.address).append(" lladdr ")
                            .append(mac(other.address)).append(" dev ").append(END).append(" nud permanent\n");
                }
            }
            party.namespace.ip(neighbours.toString());
        }
    }

    private static String mac(String address) {
        StringBuilder mac = new StringBuilder("02:00");
        for (String number : address.split("\\.")) {
            mac.append(String.format(":%02x", Integer.parseInt(number)));
        }
        return mac.toString();
    }

    /** The network of a party. */
    public Namespace at(String name) {
        return parties.get(name).namespace;
    }

    /** Pulls a party's cable, or plugs it in again; nobody is told. */
    public void plug(String name, boolean in) throws IOException, InterruptedException {
        hub.ip("link set " + name + (in ? " up" : " down") + "\n");
    }

    /** What each party's link has moved so far, by name. */
    public Map<String, Moved> moved() throws IOException, InterruptedException {
        Map<String, Moved> all = new LinkedHashMap<>();
        for (String line : hub.devices()) {
            String[] words = line.trim().split("[:\\s]+");
            if (words.length > 10 && parties.containsKey(words[0])) {
                // The switch receives what the party sends.
                all.put(words[0], new Moved(Long.parseLong(words[1]), Long.parseLong(words[9])));
            }
        }
        return all;
    }

    @Override
    public void close() {
        List<Namespace> all = new ArrayList<>(parties.values().stream().map(Party::namespace).toList());
        all.add(hub);
        all.forEach(Namespace::close);
    }
}
