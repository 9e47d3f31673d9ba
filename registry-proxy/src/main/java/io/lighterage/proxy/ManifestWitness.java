package io.lighterage.proxy;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;

/**
 * Is told which manifests the clients of this very host are given. Called on the thread that answers; does not block.
 */
@FunctionalInterface
public interface ManifestWitness {
    /** Does not care. */
    ManifestWitness NOBODY = (repository, authorization, digest, document) -> {};

    /**
     * A client is given the manifest, or told that what it has is the newest.
     *
     * @param authorization the header by which it may read the repository, or empty
     * @param digest of {@code document}, which nobody changes
     */
    void served(Repository repository, String authorization, Digest digest, byte[] document);
}
