package io.lighterage.tests.bench;

import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import java.util.Random;

/** Prints how many bytes a second one thread hashes with SHA-256, in chunks of the default length, once warm. */
public final class HashRate {
    private static final double WARM_UP_SECONDS = 2;
    private static final double MEASURED_SECONDS = 3;

    private HashRate() {}

    /** Takes no arguments; prints one whole number. */
    public static void main(String[] arguments) {
        byte[] chunk = new byte[BlobInfo.DEFAULT_CHUNK];
        new Random(1).nextBytes(chunk);
        bytesPerSecond(chunk, WARM_UP_SECONDS);
        System.out.println(Math.round(bytesPerSecond(chunk, MEASURED_SECONDS)));
    }

    private static double bytesPerSecond(byte[] chunk, double seconds) {
        long start = System.nanoTime();
        long hashed = 0;
        double elapsed;
        do {
            // The hash goes into the chunk, so that no call can be left out.
            System.arraycopy(Digest.of(chunk).bytes(), 0, chunk, 0, Digest.BYTES);
            hashed += chunk.length;
            elapsed = (System.nanoTime() - start) / 1e9;
        } while (elapsed < seconds);
        return hashed / elapsed;
    }
}
