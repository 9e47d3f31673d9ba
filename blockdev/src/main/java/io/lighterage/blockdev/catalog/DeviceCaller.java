package io.lighterage.blockdev.catalog;

import io.lighterage.peer.content.Repository;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;

/** The host that asks for devices. */
public interface DeviceCaller {
    /** The request header with {@link #node}. */
    String NODE_HEADER = "Lighterage-Node";

    /** The answer's header with a grant, in base 64. */
    String GRANT_HEADER = "Lighterage-Grant";

    /** Its id in the exchange, whose the grants are to be. */
    UUID node();

    /**
     * Its own credentials, as the {@code Authorization} header that answers a registry's challenge.
     *
     * @throws IOException if the registry's token server cannot be asked
     */
    Optional<String> authorization(Repository repository, String challenge) throws IOException, InterruptedException;

    /** Takes the grant that comes with a device. */
    void granted(byte[] token);
}
