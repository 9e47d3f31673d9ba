package io.lighterage.peer.wire;

import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;

/**
 * This host's end of the exchange: a listening port, and connections to others.
 *
 * <p>Two hosts that connect to each other at the same moment keep one connection: the one opened by the lesser
 * {@link Hello#id}. A host that connects to itself is refused.
 */
public interface Transport extends AutoCloseable {
    /** The address that was bound. */
    InetSocketAddress localAddress();

    /** How this host introduces itself, its port filled in. */
    Hello self();

    /**
     * Opens a connection, or answers the one that there is to the same address. Fails with an
     * {@link java.io.IOException} that names the address; never waits longer than the configured time-outs.
     */
    CompletableFuture<Connection> connect(String host, int port);

    /** The connections that are open now. */
    Collection<Connection> connections();

    /** Says goodbye to everybody and frees the port and all threads. */
    @Override
    void close();
}
