package io.lighterage.blockdev.image;

import static io.lighterage.blockdev.image.ErofsLayout.BLOCK_BITS;

import io.lighterage.blockdev.image.ErofsLayout.Chunk;
import java.util.Arrays;

/**
 * The block map of a file with holes: an address for each chunk, all chunks of one size, the largest at whose borders every
 * run begins and ends.
 */
final class ChunkMap {
    /** Most bytes of one file's map, 16 MiB: a bound on what an image can make a node fetch before it mounts. */
    static final long MOST_BYTES = 16 << 20;

    private ChunkMap() {}

    /** Whether the file is one run from its first byte to its last, so that it needs no map. */
    static boolean flat(Inode.Data data) {
        return data.runs().size() == 1
                && data.runs().getFirst().fileOffset() == 0
                && data.runs().getFirst().length() == data.size();
    }

    /** Binary logarithm of the chunk size. */
    static int bits(Inode.Data data) {
        long borders = 0;
        for (Inode.Run run : data.runs()) {
            borders |= run.fileOffset();
            long end = run.fileOffset() + run.length();
            if (end < data.size()) {
                borders |= ErofsLayout.blocks(end) << BLOCK_BITS;
            }
        }
        int whole = Math.max(BLOCK_BITS, Long.SIZE - Long.numberOfLeadingZeros(data.size() - 1));
        int aligned = Math.max(BLOCK_BITS, Long.numberOfTrailingZeros(borders));
        return Math.min(Math.min(whole, aligned), BLOCK_BITS + Chunk.MOST_BLKBITS);
    }

    /** Bytes of the map. */
    static int bytes(PlannedInode planned, Inode.Data data, int bits) throws ErofsLimitException {
        long bytes = (((data.size() - 1) >>> bits) + 1) * Chunk.BLOCK_MAP_ENTRY_SIZE;
        if (bytes > MOST_BYTES) {
            throw new ErofsLimitException(planned.path() + " is a sparse file of " + data.size() + " bytes whose map would have "
                    + bytes + " bytes (at most " + MOST_BYTES + ")");
        }
        return (int) bytes;
    }

    /** Block address of each chunk, where the file's data blob begins at block {@code blobBlock}. */
    static long[] addresses(Inode.Data data, int bits, long blobBlock) {
        long[] addresses = new long[Math.toIntExact(((data.size() - 1) >>> bits) + 1)];
        Arrays.fill(addresses, ErofsLayout.NULL_ADDR);
        for (Inode.Run run : data.runs()) {
            long last = run.fileOffset() + run.length() - 1;
            for (long chunk = run.fileOffset() >>> bits; chunk <= last >>> bits; chunk++) {
                long inRun = (chunk << bits) - run.fileOffset();
                addresses[(int) chunk] = blobBlock + ((run.blobOffset() + inRun) >>> BLOCK_BITS);
            }
        }
        return addresses;
    }
}
