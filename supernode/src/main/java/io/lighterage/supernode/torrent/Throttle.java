package io.lighterage.supernode.torrent;

import io.lighterage.peer.swarm.TokenBucket;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** Holds all clients together to so many bytes a second, each in its turn. Its lock guards the bucket. */
final class Throttle {
    private final TokenBucket bucket;
    private final ReentrantLock turn = new ReentrantLock(true);

    /** @param bytesPerSecond 0 for no limit */
    Throttle(long bytesPerSecond) {
        this.bucket = new TokenBucket(bytesPerSecond);
    }

    /** Waits until {@code bytes} may be sent. */
    void take(int bytes) throws InterruptedException {
        turn.lockInterruptibly();
        try {
            long waitNs = bucket.waitNs(System.nanoTime());
            if (waitNs > 0) {
                TimeUnit.NANOSECONDS.sleep(waitNs);
            }
            bucket.take(bytes, System.nanoTime());
        } finally {
            turn.unlock();
        }
    }
}
