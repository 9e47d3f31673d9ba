package io.lighterage.blockdev.image;

import static io.lighterage.blockdev.image.ErofsLayout.BLOCK_BITS;

import io.lighterage.blockdev.image.ErofsLayout.Chunk;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The block map of a file with holes: an address for each chunk, all chunks of one size, the largest at whose borders
 * every run begins and ends.
 */
final class ChunkMap {
    /**
     * Most bytes of all maps of an image, 16 MiB: little of a tar can ask for much of a map, which every node must
     * fetch.
     */
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
    static long bytes(Inode.Data data, int bits) {
        return (((data.size() - 1) >>> bits) + 1) * Chunk.BLOCK_MAP_ENTRY_SIZE;
    }

    /** The map as it stands on disk, where the file's data blob begins at block {@code blobBlock}. */
    static ByteBuffer pack(PlannedInode planned, Inode.Data data, long blobBlock) {
        ByteBuffer map = ByteBuffer.allocate(planned.trailerBytes).order(ByteOrder.LITTLE_ENDIAN);
        while (map.hasRemaining()) {
            map.putInt((int) ErofsLayout.NULL_ADDR);
        }
        int bits = planned.chunkBits;
        for (Inode.Run run : data.runs()) {
            long last = run.fileOffset() + run.length() - 1;
            for (long chunk = run.fileOffset() >>> bits; chunk <= last >>> bits; chunk++) {
                long inRun = (chunk << bits) - run.fileOffset();
                long address = blobBlock + ((run.blobOffset() + inRun) >>> BLOCK_BITS);
                map.putInt((int) chunk * Chunk.BLOCK_MAP_ENTRY_SIZE, (int) address);
            }
        }
        return map;
    }
}
