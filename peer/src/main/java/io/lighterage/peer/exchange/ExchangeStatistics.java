package io.lighterage.peer.exchange;

/**
 * What an exchange has done since it started, in bytes of chunks unless said otherwise.
 *
 * @param fromPeers verified bytes received from nodes
 * @param fromSupernode verified bytes received from the supernode
 * @param fromUpstream bytes read directly from upstream registries
 * @param toNodes bytes sent to nodes
 * @param wrongChunks number of chunks that failed verification
 * @param hedges number of chunks asked for twice because the first answer was late
 * @param connections number of connections open now
 * @param transfers number of blobs being fetched now
 */
public record ExchangeStatistics(
        long fromPeers,
        long fromSupernode,
        long fromUpstream,
        long toNodes,
        long wrongChunks,
        long hedges,
        int connections,
        int transfers) {}
