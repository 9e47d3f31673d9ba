package io.lighterage.proxy;

import io.lighterage.peer.content.Repository;
import java.io.IOException;
import java.util.Optional;

/** The credentials of the host itself, for clients that have none. */
@FunctionalInterface
public interface Lender {
    /** Lends nothing. */
    Lender NOBODY = (repository, challenge) -> Optional.empty();

    /**
     * The {@code Authorization} header that answers a registry's challenge.
     *
     * @param challenge the {@code WWW-Authenticate} header of its 401
     * @throws IOException if the registry's token server cannot be asked
     */
    Optional<String> authorization(Repository repository, String challenge) throws IOException, InterruptedException;
}
