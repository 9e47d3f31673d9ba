/**
 * Reads each blob from upstream once for the whole datacenter and cuts it into chunks as it arrives. Called by the
 * supernode when a node, or its own mirror, opens a blob that the store does not have whole. It tells a listener about
 * each chunk, and never lets a blob become complete whose bytes are not those that its digest names.
 */
package io.lighterage.supernode.ingest;
