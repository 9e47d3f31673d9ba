/**
 * Moves frames between hosts over Netty: codec, connections, back-pressure, time-outs.
 * Called by {@code exchange} and the supernode's tracker; it never decides what to fetch or from whom.
 */
package io.lighterage.peer.wire;
