package io.lighterage.peer.exchange;

import java.io.IOException;
import java.net.InetSocketAddress;

/** Finds the exchange port of the supernode; asked again before every attempt to connect. */
@FunctionalInterface
public interface SupernodeLocator {
    /**
     * The address, unresolved or resolved.
     *
     * @throws IOException if it cannot be found now; the message names the supernode
     */
    InetSocketAddress locate() throws IOException, InterruptedException;

    /** The host that the supernode's certificate must be for, where the wire is encrypted; empty for any. */
    default String certifiedHost() {
        return "";
    }
}
