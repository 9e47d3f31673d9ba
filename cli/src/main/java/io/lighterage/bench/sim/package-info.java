/**
 * Clusters larger than the machine: simulated hosts and a simulated supernode that drive the decisions of {@code peer.swarm}
 * as {@code peer.exchange} and {@code supernode.tracker} do, over the links of {@code bench.flow}. Deterministic under a seed;
 * one thread only.
 */
package io.lighterage.bench.sim;
