/**
 * The only way to content: {@link io.lighterage.peer.exchange.Exchange} reads any range of any blob, from the store,
 * other nodes, the supernode or upstream. It knows nothing of HTTP, images or devices.
 */
package io.lighterage.peer.exchange;
