package io.lighterage.blockdev.fuse;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts who uses something, so that its owner can refuse new users and wait for the last. Any thread may call it. */
final class UseCount {
    /** The users, plus {@link Integer#MIN_VALUE} once ended. */
    private final AtomicInteger users = new AtomicInteger();
    private final CountDownLatch unused = new CountDownLatch(1);

    /** Begins a use, which {@link #leave} ends; false if there are to be none any more. */
    boolean enter() {
        while (true) {
            int now = users.get();
            if (now < 0) {
                return false;
            }
            if (users.compareAndSet(now, now + 1)) {
                return true;
            }
        }
    }

    void leave() {
        if (users.decrementAndGet() == Integer.MIN_VALUE) {
            unused.countDown();
        }
    }

    /** From now on nobody enters. */
    void end() {
        int before = users.getAndUpdate(now -> now < 0 ? now : now + Integer.MIN_VALUE);
        if (before == 0) {
            unused.countDown();
        }
    }

    boolean ended() {
        return users.get() < 0;
    }

    /** Waits, after {@link #end}, for the last user; false if the wait was too long. */
    boolean awaitUnused(Duration most) throws InterruptedException {
        return unused.await(most.toMillis(), TimeUnit.MILLISECONDS);
    }
}
