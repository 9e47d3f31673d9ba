package io.lighterage.tests.support;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * A network namespace behind a link to this host that can be cut. Only the network is its own: what runs there makes
 * mounts that this host sees. Needs root and iproute2.
 */
public final class Namespace implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    private final String name;
    private final String link;
    private final String subnet;

    private Namespace(String name, String link, String subnet) {
        this.name = name;
        this.link = link;
        this.subnet = subnet;
    }

    /** Makes one. */
    public static Namespace create() throws IOException, InterruptedException {
        long pid = ProcessHandle.current().pid();
        Namespace made = new Namespace("lighterage-" + pid, "lt" + pid, "10.213." + pid % 250);
        made.ip("netns", "add", made.name);
        try {
            made.ip("link", "add", made.link, "type", "veth", "peer", "name", "eth0", "netns", made.name);
            made.ip("addr", "add", made.outside() + "/24", "dev", made.link);
            made.ip("link", "set", made.link, "up");
            made.ip("-n", made.name, "addr", "add", made.inside() + "/24", "dev", "eth0");
            made.ip("-n", made.name, "link", "set", "eth0", "up");
            made.ip("-n", made.name, "link", "set", "lo", "up");
            return made;
        } catch (IOException | InterruptedException | RuntimeException e) {
            made.close();
            throw e;
        }
    }

    /** This host's address as the namespace sees it. */
    public String outside() {
        return subnet + ".1";
    }

    /** The namespace's address as this host sees it. */
    public String inside() {
        return subnet + ".2";
    }

    /** Where processes run that have this network. */
    public LighterProcess.Place place() {
        return new LighterProcess.Place(List.of("nsenter", "--net=/run/netns/" + name), inside());
    }

    /** Lets nothing through any more, without telling either side. */
    public void cut() throws IOException, InterruptedException {
        ip("link", "set", link, "down");
    }

    /** Lets everything through again. */
    public void mend() throws IOException, InterruptedException {
        ip("link", "set", link, "up");
    }

    /** Bounds what this host sends there from now on. */
    public void limit(int mbit) throws IOException, InterruptedException {
        Programs.run(
                DEADLINE, "tc", "qdisc", "add", "dev", link, "root", "tbf", "rate", mbit + "mbit", "burst", "64kb",
                "latency", "50ms").orFail();
    }

    private void ip(String... arguments) throws IOException, InterruptedException {
        String[] command = new String[arguments.length + 1];
        command[0] = "ip";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        Programs.run(DEADLINE, command).orFail();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        ip("netns", "delete", name);
    }
}
