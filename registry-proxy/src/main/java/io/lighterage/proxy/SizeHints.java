package io.lighterage.proxy;

import io.lighterage.peer.content.Digest;

/** Is told how long the blobs are that a manifest names, as manifests pass through the mirror. */
@FunctionalInterface
public interface SizeHints {
    /** Nobody wants to know. */
    SizeHints NONE = (digest, length) -> {};

    /**
     * Called on a virtual thread for each config and layer; must not block for long.
     *
     * @param length bytes, as the manifest claims: not verified
     */
    void learn(Digest digest, long length);
}
