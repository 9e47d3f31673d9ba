package io.lighterage.blockdev.image;

import io.lighterage.peer.content.Digest;
import java.security.MessageDigest;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Computes a digest on a thread of its own, of blocks from a fixed pool. Whoever fills a block takes it from
 * {@link #free()}, which waits while all are on their way, and gives it to {@link #add}.
 */
final class HashLane implements Callable<Digest> {
    /** Marks the end of a queue of blocks. */
    static final Block END = new Block(0);

    private final int users;
    private final BlockingQueue<Block> pool;
    private final BlockingQueue<Block> queue;

    /** A part of a stream. Written by who took it from the pool, then only read, until all users released it. */
    static final class Block {
        final byte[] bytes;
        int length;
        private final AtomicInteger users = new AtomicInteger();

        Block(int size) {
            bytes = new byte[size];
        }
    }

    /** @param users how many release each block: this lane, and others to whom it is given too */
    HashLane(int blockLength, int blocks, int users) {
        this.users = users;
        pool = new ArrayBlockingQueue<>(blocks);
        queue = new ArrayBlockingQueue<>(blocks + 1);
        for (int i = 0; i < blocks; i++) {
            pool.add(new Block(blockLength));
        }
    }

    /** A block to fill. */
    Block free() throws InterruptedException {
        return pool.take();
    }

    /** Takes the next block of the stream. Never waits: the queue holds the whole pool. */
    void add(Block block) {
        block.users.set(users);
        queue.add(block);
    }

    /** Says that no further block comes. */
    void end() {
        queue.add(END);
    }

    /** Gives a block back once its last user did so. */
    void release(Block block) {
        if (block.users.decrementAndGet() == 0) {
            pool.add(block);
        }
    }

    @Override
    public Digest call() throws InterruptedException {
        MessageDigest hash = Digest.sha256();
        for (Block block = queue.take(); block != END; block = queue.take()) {
            hash.update(block.bytes, 0, block.length);
            release(block);
        }
        return Digest.finish(hash);
    }
}
