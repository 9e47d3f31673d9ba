package io.lighterage.peer.wire;

import java.util.UUID;

/**
 * Where a node can be reached, as a tracker proposes it.
 *
 * @param id the node's identity
 * @param host its host name or address
 * @param port its exchange port, 1 to 65535
 * @param rack its rack, or empty
 * @param zone its zone, or empty
 */
public record PeerAddress(UUID id, String host, int port, String rack, String zone) {}
