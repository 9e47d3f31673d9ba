package io.lighterage.peer.grant;

/**
 * What became of the grants that others showed here, as numbers since the start.
 *
 * @param accepted right ones
 * @param forged with a wrong signature, of another node, or no grants at all
 * @param expired too old
 * @param refused questions about a blob that were not answered, because whoever asked showed no grant for it
 */
public record GrantStatistics(long accepted, long forged, long expired, long refused) {
    /** Nobody showed one. */
    public static final GrantStatistics NONE = new GrantStatistics(0, 0, 0, 0);
}
