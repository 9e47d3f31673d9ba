package io.lighterage.supernode.ingest;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.BlobUnavailableException;

/** Upstream's bytes are not those that the blob's digest names; they were thrown away. */
public final class WrongDigestException extends BlobUnavailableException {
    WrongDigestException(Digest digest, Repository from, String found) {
        super("registry " + from.registry() + " sent wrong bytes for " + digest + " of " + from.name() + ": " + found);
    }
}
