package io.lighterage.peer.wire;

import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * How the exchange's wire behaves.
 *
 * @param bind where to listen; port 0 takes a free one
 * @param connectTimeout how long opening a connection may take
 * @param handshakeTimeout how long the other side may take to introduce itself
 * @param idleTimeout how long a connection may be silent; pings go out at a third of it
 * @param maxConnections how many connections are accepted at once
 * @param compress whether chunks may travel compressed over slow links
 * @param eventLoops threads that move bytes
 */
public record WireConfig(
        InetSocketAddress bind,
        Duration connectTimeout,
        Duration handshakeTimeout,
        Duration idleTimeout,
        int maxConnections,
        boolean compress,
        int eventLoops) {
    /** The defaults on {@code bind}. */
    public static WireConfig on(InetSocketAddress bind) {
        return new WireConfig(
                bind, Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(30), 10_000, true, 2);
    }
}
