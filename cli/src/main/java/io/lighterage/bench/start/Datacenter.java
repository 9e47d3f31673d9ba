package io.lighterage.bench.start;

import io.lighterage.bench.lab.Commands;
import io.lighterage.bench.lab.Host;
import io.lighterage.bench.lab.Namespace;
import io.lighterage.bench.lab.Network;
import io.lighterage.bench.lab.Place;
import io.lighterage.bench.lab.Teardown;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A registry, a supernode and hosts, each behind a link of its own, joined by a switch. The links of registry and hosts
 * have the rate that is measured, each way; the supernode's has a least rate. Owned by one thread.
 */
final class Datacenter implements AutoCloseable {
    static final String REGISTRY = "10.78.0.2";
    static final String SUPERNODE = "10.78.0.3";

    /** A rate for what is not measured. */
    static final int FAST_MBIT = 10_000;

    /** The most hosts that it has addresses for. */
    static final int MOST_HOSTS = 200;

    private static final int PREFIX = 24;
    private static final String REGISTRY_PARTY = "registry";
    private static final String SUPERNODE_PARTY = "supernode";
    private static final String HOST_PARTY = "host";
    private static final int FIRST_HOST = 10;

    /** A host: where its processes run, and its address. */
    record Party(String name, Place place, String address) {}

    private final Teardown teardown = new Teardown();
    private final Network network;
    private final List<Party> hosts = new ArrayList<>();
    private final int supernodeMbit;

    /**
     * All links are fast, for what is not measured.
     *
     * @param directory for logs
     * @param supernodeMbit least rate of the supernode's link
     */
    Datacenter(Path directory, int hostCount, int supernodeMbit) throws IOException, InterruptedException {
        this.supernodeMbit = supernodeMbit;
        try {
            network = teardown.add(Network.create());
            network.join(REGISTRY_PARTY, REGISTRY, PREFIX, FAST_MBIT);
            network.join(SUPERNODE_PARTY, SUPERNODE, PREFIX, FAST_MBIT);
            for (int i = 1; i <= hostCount; i++) {
                String name = HOST_PARTY + i;
                String address = "10.78.0." + (FIRST_HOST + i);
                Namespace namespace = network.join(name, address, PREFIX, FAST_MBIT);
                Host host = teardown.add(Host.create(namespace, directory.resolve(name + ".log")));
                hosts.add(new Party(name, host, address));
            }
            network.introduceAll();
        } catch (IOException | InterruptedException | RuntimeException e) {
            teardown.close();
            throw e;
        }
    }

    /** Sets the rate of the links of registry and hosts. */
    void rate(int mbit) throws IOException, InterruptedException {
        network.shape(REGISTRY_PARTY, mbit);
        for (Party host : hosts) {
            network.shape(host.name(), mbit);
        }
        network.shape(SUPERNODE_PARTY, Math.max(mbit, supernodeMbit));
    }

    /** Where the registry runs. */
    Place registry() {
        return network.at(REGISTRY_PARTY);
    }

    /** Where the supernode runs. */
    Place supernode() {
        return network.at(SUPERNODE_PARTY);
    }

    /** Where nodes, engines and containers run, and all mounts are. */
    List<Party> hosts() {
        return List.copyOf(hosts);
    }

    /** Bytes that each host's link has received. */
    List<Long> received() throws IOException, InterruptedException {
        Map<String, Network.Moved> moved = network.moved();
        return hosts.stream().map(host -> moved.get(host.name()).received()).toList();
    }

    /** Forgets what the kernel keeps of files. */
    static void dropCaches() throws IOException, InterruptedException {
        Commands.run(Place.HERE, Commands.SHORT, "sync");
        Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "3");
    }

    @Override
    public void close() {
        teardown.close();
    }
}
