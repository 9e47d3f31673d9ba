package io.lighterage.peer.exchange;

import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.wire.Frame.Refusal;
import java.util.Optional;

/**
 * Decides which client may read which blob; stands before everything that this process has stored. Safe for use by
 * several threads; {@link #admit} blocks while upstream is asked.
 */
public interface Doorkeeper {
    /**
     * Returns if upstream lets the client read, and the blob is known to be where the client says.
     *
     * @param held whether bytes of the blob are, or are about to be, here. Where there are none, reading it upstream by
     *     the client's right will show whether it is there, and only the right to the repository is looked at.
     * @throws BlobRefusedException with upstream's answer, if it refuses
     * @throws BlobUnavailableException if nobody could be asked in time
     */
    void admit(Digest digest, BlobSource source, boolean held) throws BlobUnavailableException, InterruptedException;

    /**
     * Asks whether upstream lets the client read an image, and so what is made of it.
     *
     * @param reference a tag or the digest of its manifest
     * @return the refusal, upstream's or that of who could not ask it; nothing if the client may read
     */
    Optional<Refusal> admitManifest(Repository repository, String reference, String authorization)
            throws InterruptedException;

    /**
     * Upstream begins to give the blob's bytes to this client.
     *
     * @param fresh whether nothing of it was here
     */
    void gave(Digest digest, BlobSource source, boolean fresh);

    /** Whether upstream lets everybody read the repository, as far as that was asked lately. */
    boolean isPublic(Repository repository);
}
