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
 * @param security whether it is encrypted, and who may connect then
 */
public record WireConfig(
        InetSocketAddress bind,
        Duration connectTimeout,
        Duration handshakeTimeout,
        Duration idleTimeout,
        int maxConnections,
        boolean compress,
        int eventLoops,
        WireSecurity security) {
    /** Plain connections. */
    public WireConfig(
            InetSocketAddress bind,
            Duration connectTimeout,
            Duration handshakeTimeout,
            Duration idleTimeout,
            int maxConnections,
            boolean compress,
            int eventLoops) {
        this(bind, connectTimeout, handshakeTimeout, idleTimeout, maxConnections, compress, eventLoops,
                WireSecurity.plain());
    }

    /** The defaults on {@code bind}. */
    public static WireConfig on(InetSocketAddress bind) {
        return new WireConfig(
                bind, Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(30), 10_000, true, 2);
    }

    /** The same, encrypted or not as {@code how} has it. */
    public WireConfig withSecurity(WireSecurity how) {
        return new WireConfig(
                bind, connectTimeout, handshakeTimeout, idleTimeout, maxConnections, compress, eventLoops, how);
    }
}
