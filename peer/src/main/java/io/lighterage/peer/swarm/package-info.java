/**
 * The decisions of the swarm: which chunk next, from whom, to whom, when to ask twice. Pure: time, randomness and state
 * are arguments, so that a node, the supernode and a simulation of either make the same choices. Called under the lock of
 * whoever owns the state; nothing here is safe for use by several threads.
 */
package io.lighterage.peer.swarm;
