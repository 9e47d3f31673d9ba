package io.lighterage.bench.start;

import io.lighterage.bench.lab.Commands;
import io.lighterage.bench.lab.Host;
import io.lighterage.bench.lab.Network;
import io.lighterage.bench.lab.Place;
import io.lighterage.bench.lab.Teardown;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A registry, a supernode and one host, each behind a link of its own, joined by a switch. The links of registry and
 * host have the rate that is measured, each way; the supernode's has 1000 Mbit/s or more. Owned by one thread.
 */
final class Datacenter implements AutoCloseable {
    static final String REGISTRY = "10.78.0.2";
    static final String SUPERNODE = "10.78.0.3";
    static final String HOST = "10.78.0.4";

    /** A rate for what is not measured. */
    static final int FAST_MBIT = 10_000;

    private static final int SUPERNODE_MBIT = 1000;
    private static final int PREFIX = 24;
    private static final String REGISTRY_PARTY = "registry";
    private static final String SUPERNODE_PARTY = "supernode";
    private static final String HOST_PARTY = "host";

    private final Teardown teardown = new Teardown();
    private final Network network;
    private final Host host;

    /**
     * All links are fast, for what is not measured.
     *
     * @param directory for a log
     */
    Datacenter(Path directory) throws IOException, InterruptedException {
        try {
            network = teardown.add(Network.create());
            network.join(REGISTRY_PARTY, REGISTRY, PREFIX, FAST_MBIT);
            network.join(SUPERNODE_PARTY, SUPERNODE, PREFIX, FAST_MBIT);
            host = teardown.add(
                    Host.create(network.join(HOST_PARTY, HOST, PREFIX, FAST_MBIT), directory.resolve("host.log")));
        } catch (IOException | InterruptedException | RuntimeException e) {
            teardown.close();
            throw e;
        }
    }

    /** Sets the rate of the links of registry and host. */
    void rate(int mbit) throws IOException, InterruptedException {
        for (String name : List.of(REGISTRY_PARTY, HOST_PARTY)) {
            network.shape(name, mbit);
        }
        network.shape(SUPERNODE_PARTY, Math.max(mbit, SUPERNODE_MBIT));
    }

    /** Where the registry runs. */
    Place registry() {
        return network.at(REGISTRY_PARTY);
    }

    /** Where the supernode runs. */
    Place supernode() {
        return network.at(SUPERNODE_PARTY);
    }

    /** Where the node, the engine and containers run, and all mounts are. */
    Place host() {
        return host;
    }

    /** Bytes that the host's link has received. */
    long received() throws IOException, InterruptedException {
        return network.moved().get(HOST_PARTY).received();
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
