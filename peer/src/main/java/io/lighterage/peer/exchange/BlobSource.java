package io.lighterage.peer.exchange;

import io.lighterage.peer.content.Repository;

/**
 * Where upstream has a blob, and by whose right it is asked for there.
 *
 * @param repository the repository in which the client named the blob
 * @param authorization the client's own {@code Authorization} header, or empty
 */
public record BlobSource(Repository repository, String authorization) {
    /** A source that is asked without the credentials of a client. */
    public static BlobSource of(Repository repository) {
        return new BlobSource(repository, "");
    }

    /** Leaves the credential out, so that it cannot reach a log. */
    @Override
    public String toString() {
        return "BlobSource[" + repository + (authorization.isEmpty() ? "]" : ", with credentials]");
    }
}
