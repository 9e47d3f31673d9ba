package io.lighterage.peer.content;

/** How urgent bytes are. An earlier constant goes before a later one on every queue, chunk by chunk. */
public enum Priority {
    /** Somebody's read is blocked on them. */
    ON_DEMAND,
    /** Somebody will read them soon, in order: an engine that streams a layer, a trace being replayed. */
    PREFETCH,
    /** Nobody waits. */
    BACKGROUND
}
