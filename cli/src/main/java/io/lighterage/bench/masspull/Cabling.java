package io.lighterage.bench.masspull;

import io.lighterage.bench.lab.Network;
import java.io.IOException;
import java.net.InetSocketAddress;

/** Who is in the network of a mass pull, and where: a registry, a supernode and hosts at one switch. */
final class Cabling {
    private static final String SUBNET = "10.77.";
    private static final int PREFIX = 16;

    private Cabling() {}

    /** @param slowHost index of a host whose link is narrower by {@code slowFactor}; negative for none */
    static Network create(int hosts, LinkRates rates, int slowHost, int slowFactor)
            throws IOException, InterruptedException {
        Network network = Network.create();
        try {
            join(network, Scene.UPSTREAM, rates.upstream());
            join(network, Scene.SUPERNODE, rates.supernode());
            for (int i = 0; i < hosts; i++) {
                int kbit = rates.host() * 1000 / (i == slowHost ? slowFactor : 1);
                join(network, Scene.host(i), kbit / 1000.0);
            }
            network.introduceAll();
            return network;
        } catch (IOException | InterruptedException | RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private static void join(Network network, String name, double mbit) throws IOException, InterruptedException {
        network.join(name, ip(name), PREFIX, mbit);
    }

    /** Where a party's {@code port} is for all others. */
    static InetSocketAddress address(String name, int port) {
        return new InetSocketAddress(ip(name), port);
    }

    static String ip(String name) {
        return SUBNET + switch (name) {
            case Scene.UPSTREAM -> "0.2";
            case Scene.SUPERNODE -> "0.3";
            default -> "1." + name.substring("host".length());
        };
    }
}
