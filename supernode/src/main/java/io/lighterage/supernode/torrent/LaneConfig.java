package io.lighterage.supernode.torrent;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;

/**
 * How the lane runs.
 *
 * @param listen where BitTorrent clients connect
 * @param advertise the host that the tracker names, or empty for the one by which a client reached the tracker
 * @param uploadRate bytes a second that it sends at most, 0 for no limit
 * @param connections connections at once at most; one address may have a quarter of them, 8 at least
 * @param privateRepositories repositories that are given out though upstream does not let everybody read them, each
 *     {@code registry/name}
 * @param idle how long a torrent, and then the library, stays loaded when nobody is connected
 * @param patience how long a client may take nothing of what it asked for
 */
public record LaneConfig(
        InetSocketAddress listen,
        String advertise,
        long uploadRate,
        int connections,
        Set<String> privateRepositories,
        Duration idle,
        Duration patience) {
    /** Connections unless told otherwise. */
    public static final int CONNECTIONS = 64;

    private static final Duration IDLE = Duration.ofSeconds(60);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    public LaneConfig {
        privateRepositories = Set.copyOf(privateRepositories);
        if (connections < 1) {
            throw new IllegalArgumentException("the lane needs 1 connection or more, not " + connections);
        }
    }

    /** The defaults on an address. */
    public static LaneConfig on(InetSocketAddress listen, String advertise) {
        return new LaneConfig(listen, advertise, 0, CONNECTIONS, Set.of(), IDLE, PATIENCE);
    }

    /** This with bounds for what it sends. */
    public LaneConfig withBounds(long rate, int most) {
        return new LaneConfig(listen, advertise, rate, most, privateRepositories, idle, patience);
    }

    /** This with repositories that are given out though they are private. */
    public LaneConfig withPrivate(Set<String> named) {
        return new LaneConfig(listen, advertise, uploadRate, connections, named, idle, patience);
    }

    /** This with other deadlines. */
    public LaneConfig withDeadlines(Duration unused, Duration stalled) {
        return new LaneConfig(listen, advertise, uploadRate, connections, privateRepositories, unused, stalled);
    }

    /** Connections that one address may have. */
    int perAddress() {
        return Math.max(Math.min(connections, 8), connections / 4);
    }
}
