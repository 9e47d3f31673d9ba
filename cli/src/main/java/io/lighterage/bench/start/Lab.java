package io.lighterage.bench.start;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A registry, a supernode and one host, each in a network namespace behind a link of its own, joined by a switch.
 *
 * <p>The links of registry and host have the rate that is measured, each way; the supernode's has 1000 Mbit/s or more. They are
 * shaped by tc tbf at both ends: the burst is what the rate makes in 4 ms and at least 64 KiB, so that a packet of
 * segmentation offload passes whole; the queue holds 50 ms more. Owned by one thread.
 */
final class Lab implements AutoCloseable {
    static final String REGISTRY = "10.78.0.2";
    static final String SUPERNODE = "10.78.0.3";
    static final String HOST = "10.78.0.4";

    private static final Logger LOG = LoggerFactory.getLogger(Lab.class);
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final int SUPERNODE_MBIT = 1000;

    /** A rate for what is not measured. */
    static final int FAST_MBIT = 10_000;

    private static final int LEAST_BURST = 64 << 10;

    private final String tag = "lgs" + ProcessHandle.current().pid() + "-";
    private final List<String> namespaces = new ArrayList<>();

    /** All links are fast, for what is not measured. */
    Lab() throws IOException, InterruptedException {
        try {
            add("switch");
            ip("-n", tag + "switch", "link", "add", "br0", "type", "bridge");
            ip("-n", tag + "switch", "link", "set", "br0", "up");
            join("registry", REGISTRY);
            join("supernode", SUPERNODE);
            join("host", HOST);
            rate(FAST_MBIT);
        } catch (IOException | InterruptedException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private void add(String name) throws IOException, InterruptedException {
        ip("netns", "add", tag + name);
        namespaces.add(tag + name);
        ip("-n", tag + name, "link", "set", "lo", "up");
    }

    private void join(String name, String address) throws IOException, InterruptedException {
        add(name);
        ip("-n", tag + "switch", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", tag + name);
        ip("-n", tag + "switch", "link", "set", name, "master", "br0", "up");
        ip("-n", tag + name, "addr", "add", address + "/24", "dev", "eth0");
        ip("-n", tag + name, "link", "set", "eth0", "up");
    }

    /** Sets the rate of the links of registry and host. */
    void rate(int mbit) throws IOException, InterruptedException {
        for (String name : List.of("registry", "host", "supernode")) {
            int own = name.equals("supernode") ? Math.max(mbit, SUPERNODE_MBIT) : mbit;
            shape("switch", name, own);
            shape(name, "eth0", own);
        }
    }

    private void shape(String where, String link, int mbit) throws IOException, InterruptedException {
        long bytes = mbit * 1_000_000L / 8;
        long burst = Math.max(LEAST_BURST, bytes / 250);
        Command.run(
                DEADLINE, "tc", "-n", tag + where, "qdisc", "replace", "dev", link, "root", "tbf", "rate", mbit + "mbit",
                "burst", String.valueOf(burst), "limit", String.valueOf(burst + bytes / 20));
    }

    private static void ip(String... arguments) throws IOException, InterruptedException {
        String[] command = new String[arguments.length + 1];
        command[0] = "ip";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        Command.run(DEADLINE, command);
    }

    /** What a command begins with to run there. Only the network is another one: mounts are seen by all. */
    List<String> at(String name) {
        return List.of("nsenter", "--net=/run/netns/" + tag + name);
    }

    /** Bytes that the host's link has received. */
    long received() throws IOException, InterruptedException {
        String table = Command.run(
                DEADLINE, Command.join(at("host"), "cat", "/proc/net/dev").toArray(String[]::new));
        return table.lines()
                .map(String::strip)
                .filter(line -> line.startsWith("eth0:"))
                .mapToLong(line -> Long.parseLong(line.substring(5).strip().split("\\s+")[0]))
                .findFirst()
                .orElseThrow(() -> new IOException("the host has no link"));
    }

    /** Forgets what the kernel keeps of files. */
    static void dropCaches() throws IOException, InterruptedException {
        Command.run(DEADLINE, "sync");
        Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "3");
    }

    @Override
    public void close() {
        for (String namespace : namespaces) {
            try {
                ip("netns", "delete", namespace);
            } catch (IOException e) {
                LOG.warn("namespace {} is left: {}", namespace, e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                LOG.warn("namespace {} is left", namespace);
                return;
            }
        }
        namespaces.clear();
    }
}
