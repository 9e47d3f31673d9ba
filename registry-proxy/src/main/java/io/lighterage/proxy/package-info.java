/**
 * The registry mirror: the pull half of the OCI distribution specification 1.1, as container engines ask it of their
 * mirror. {@link io.lighterage.proxy.Mirror} is the entry; blobs come from an {@code Exchange}, everything else from a
 * {@link io.lighterage.proxy.Registry}, which is whoever is upstream of this mirror.
 */
package io.lighterage.proxy;
