/**
 * The client of upstream registries: authorization, ranges, retries, redirects. Called by the mirror for manifests and
 * tags, and by {@code ingest} and the exchange for blobs. It stores nothing but tokens, in memory.
 */
package io.lighterage.supernode.upstream;
