/**
 * Blobs on this host's disk: sparse data files, and in RocksDB their tables and which chunks are present.
 * {@link io.lighterage.peer.store.BlobStore} is the whole of it; it knows nothing of the network.
 */
package io.lighterage.peer.store;
