package io.lighterage.blockdev.image;

import static io.lighterage.blockdev.image.ErofsLayout.BLOCK;

import io.lighterage.blockdev.image.ErofsLayout.InodeHead;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Gives inodes their room in the inode area. An inode with all that follows it stays within one block where it fits in
 * one: inline data must not cross a block, and kernels before 5.9 read no head that does. It goes where least room
 * would be left, among all blocks begun so far.
 */
final class InodeRooms {
    private static final int SLOTS = BLOCK / InodeHead.SLOT;

    /** A growing stack of blocks. */
    private static final class Blocks {
        private long[] numbers = new long[8];
        private int count;

        void push(long number) {
            if (count == numbers.length) {
                numbers = Arrays.copyOf(numbers, count * 2);
            }
            numbers[count++] = number;
        }

        long pop() {
            return numbers[--count];
        }
    }

    /** By the number of free slots at their end: the blocks that have as many. */
    private final List<Blocks> byFreeSlots = new ArrayList<>();

    private long blocks;

    InodeRooms() {
        for (int free = 0; free < SLOTS; free++) {
            byFreeSlots.add(new Blocks());
        }
    }

    /** Takes room for {@code bytes}: its offset in the inode area, a multiple of 32. */
    long take(int bytes) {
        int slots = Math.toIntExact(((long) bytes + InodeHead.SLOT - 1) / InodeHead.SLOT);
        for (int free = slots; free < SLOTS; free++) {
            Blocks candidates = byFreeSlots.get(free);
            if (candidates.count > 0) {
                long block = candidates.pop();
                keep(block, free - slots);
                return (block + 1) * BLOCK - (long) free * InodeHead.SLOT;
            }
        }
        long first = blocks;
        blocks += ErofsLayout.blocks(bytes);
        keep(blocks - 1, Math.toIntExact((blocks - first) * SLOTS - slots));
        return first * BLOCK;
    }

    /** Blocks begun so far. */
    long blocks() {
        return blocks;
    }

    private void keep(long block, int freeSlots) {
        if (freeSlots > 0) {
            byFreeSlots.get(freeSlots).push(block);
        }
    }
}
