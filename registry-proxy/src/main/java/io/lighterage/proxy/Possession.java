package io.lighterage.proxy;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.ChunkSet;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.Upstream;
import io.lighterage.peer.store.StoredBlob;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a registry show that it has a blob whose bytes came from another: it must give chunks of our choice. That it
 * merely says so proves nothing, for whoever knows a digest can run a registry that says so.
 */
final class Possession {
    private static final Logger LOG = LoggerFactory.getLogger(Possession.class);
    private static final int CHUNKS = 3;
    private static final long LOOK_MILLIS = 50;

    private final Upstream upstream;
    private final SecureRandom random = new SecureRandom();

    Possession(Upstream upstream) {
        this.upstream = upstream;
    }

    /**
     * Reads up to three chunks, chosen at random, and compares them with the blob's table.
     *
     * @throws IOException if the registry does not give them
     */
    boolean isShown(BlobSource source, StoredBlob blob, long deadlineNs) throws IOException, InterruptedException {
        BlobInfo info = blob.info();
        if (info.length() == 0) {
            return true;
        }
        if (upstream.describe(info.digest(), source).length() != info.length()) {
            return false;
        }
        ChunkSet known = blob.table().known();
        while (known.isEmpty()) {
            // It is just being read for the first time.
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IOException("nothing of " + info.digest() + " came in time to compare it with what "
                        + source.repository() + " has");
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            known = blob.table().known();
        }
        for (int i = 0; i < Math.min(CHUNKS, known.count()); i++) {
            int index = known.nextPresent(random.nextInt(info.chunkCount()));
            index = index < 0 ? known.nextPresent(0) : index;
            if (!Arrays.equals(hash(source, info, index), blob.table().hash(index))) {
                LOG.warn("{} says that it has {}, but gives other bytes", source.repository(), info.digest());
                return false;
            }
        }
        return true;
    }

    private byte[] hash(BlobSource source, BlobInfo info, int index) throws IOException, InterruptedException {
        MessageDigest hash = Digest.sha256();
        upstream.read(info.digest(), source, info.offsetOf(index), info.lengthOf(index), hash::update);
        return hash.digest();
    }
}
