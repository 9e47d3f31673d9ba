package io.lighterage.blockdev.nbd;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The devices that a server has under names. Called on virtual threads; both methods may wait, with deadlines of their
 * own.
 */
public interface NbdExports {
    /** Names to offer to whoever asks for a list; others may be had too. */
    List<String> names() throws IOException, InterruptedException;

    /**
     * Leases the device of {@code name}, an image reference or the digest of a manifest; empty where there is none.
     *
     * @throws IOException if that cannot be found out, or the device not be made; the client is told the message
     */
    Optional<NbdExport> open(String name) throws IOException, InterruptedException;
}
