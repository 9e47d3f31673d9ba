package io.lighterage.peer.wire;

import java.util.UUID;

/**
 * How a host introduces itself; the first frame in either direction.
 *
 * @param version the protocol version, {@link #VERSION}
 * @param id the process's identity, fresh at every start
 * @param role what it is
 * @param host the host name or address at which others reach it; empty if the address that they see is right
 * @param port the port at which others reach its exchange, 0 if it accepts no connections
 * @param rack the rack it stands in, or empty
 * @param zone the zone it stands in, or empty
 * @param features what it can do beyond the base protocol, a bit set of {@code FEATURE_} constants; unknown bits are
 *     ignored
 */
public record Hello(int version, UUID id, Role role, String host, int port, String rack, String zone, int features) {
    /** The version that this build speaks. */
    public static final int VERSION = 4;

    /** Bit of {@link #features}: takes chunks compressed with zstd. */
    public static final int FEATURE_ZSTD = 1;

    /** What a host is in the exchange. */
    public enum Role {
        NODE,
        SUPERNODE
    }
}
