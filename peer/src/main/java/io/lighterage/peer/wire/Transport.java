package io.lighterage.peer.wire;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;

/**
 * This host's end of the exchange: a listening port, and connections to others.
 *
 * <p>Two hosts that connect to each other at the same moment keep one connection: the one that the host with
 * the lesser {@link Hello#id} sees introduced first. A host that connects to itself is refused.
 */
public interface Transport extends AutoCloseable {
    /**
     * Binds the port and begins to accept connections.
     *
     * @param self how this host introduces itself; a port of 0 becomes the one that is bound, version and features
     *     become those that this build and {@code config} have
     * @param listener told of every connection, from the first on
     * @throws IOException if the port cannot be bound; the message names the address
     * @throws IllegalArgumentException if a part of {@code self} is longer than 255 bytes
     */
    static Transport start(WireConfig config, Hello self, ConnectionListener listener) throws IOException {
        return NettyTransport.start(config, self, listener, NettyTransport::packBelow);
    }

    /** The address that was bound. */
    InetSocketAddress localAddress();

    /** How this host introduces itself, its port filled in. */
    Hello self();

    /** Whether it is encrypted, and who was refused for it. */
    WireSecurity security();

    /**
     * Opens a connection, or answers the one that there is to the same address. Fails with an
     * {@link IOException} that names the address; never waits longer than the configured time-outs.
     */
    CompletableFuture<Connection> connect(String host, int port);

    /**
     * The same, for a host that must be who it says: where the wire is encrypted, its certificate must be for
     * {@code certifiedHost}, a name or an address.
     */
    CompletableFuture<Connection> connect(String host, int port, String certifiedHost);

    /** The connections that are open now. */
    Collection<Connection> connections();

    /**
     * Says goodbye to everybody and frees the port and all threads, within seconds. Every listener has been told when
     * this returns; never call it from one.
     */
    @Override
    void close();
}
