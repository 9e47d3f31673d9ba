/**
 * The supernode's end of the exchange: who holds what, which peers to propose, and which chunk to give to whom.
 * Called by the wire, by ingest, and by whoever reads blobs in the supernode's own process.
 */
package io.lighterage.supernode.tracker;
