package io.lighterage.peer.wire;

/** The decision of the host with the lesser id about a connection that was just introduced. */
enum Handshaking {
    /** This connection is the one between the two hosts. */
    WELCOME,
    /** The two hosts have another connection. */
    DUPLICATE
}
