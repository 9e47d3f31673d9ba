package io.lighterage.peer.exchange;

import io.lighterage.peer.content.Repository;

/**
 * Where upstream has a blob, and by whose right it is asked for there.
 *
 * @param repository the repository in which the client named the blob
 * @param authorization the client's own {@code Authorization} header, or empty
 * @param own whether this process asks for itself: by its own credentials, if it has any for the registry
 */
public record BlobSource(Repository repository, String authorization, boolean own) {
    /** The source of a client. */
    public BlobSource(Repository repository, String authorization) {
        this(repository, authorization, false);
    }

    /** The source of a client without credentials. */
    public static BlobSource of(Repository repository) {
        return new BlobSource(repository, "");
    }

    /** The source of what this process itself wants. */
    public static BlobSource own(Repository repository) {
        return new BlobSource(repository, "", true);
    }

    // Compared for every blob that is asked for, and a record's own comparison goes through method handles.
    @Override
    public boolean equals(Object other) {
        return other instanceof BlobSource(Repository where, String by, boolean self)
                && repository.equals(where)
                && authorization.equals(by)
                && own == self;
    }

    @Override
    public int hashCode() {
        return 31 * repository.hashCode() + authorization.hashCode();
    }

    /** Leaves the credential out, so that it cannot reach a log. */
    @Override
    public String toString() {
        return "BlobSource[" + repository + (authorization.isEmpty() ? own ? ", own]" : "]" : ", with credentials]");
    }
}
