package io.lighterage.blockdev.image;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a sparse file's stored bytes belong (GNU tar manual, "Storing Sparse Files"): the old GNU format and PAX
 * formats 0.0, 0.1 and 1.0.
 *
 * @param size of the file in bytes, holes included
 * @param parts in order, without overlap, none of them empty; their bytes are stored one after the other
 */
record SparseMap(long size, List<Part> parts) {
    /** Most parts of a file; GNU tar makes one for each 512 bytes that hold something. */
    private static final int MOST_PARTS = 1 << 20;

    /** Largest file with holes, 16 TiB: what ext4 can hold, where an engine would unpack it. */
    private static final long LARGEST = 16L << 40;

    private static final int HEADER_PAIRS = 386;
    private static final int HEADER_PAIR_COUNT = 4;
    private static final int HEADER_CONTINUES = 482;
    private static final int REAL_SIZE = 483;
    private static final int BLOCK_PAIR_COUNT = 21;
    private static final int BLOCK_CONTINUES = 504;
    private static final int NUMBER = 12;

    /** A run of stored bytes. */
    record Part(long offset, long length) {
        long end() {
            return offset + length;
        }
    }

    /** Reads one block. */
    interface Blocks {
        byte[] next() throws IOException, InterruptedException;
    }

    /** Bytes stored in the archive. */
    long stored() {
        return parts.stream().mapToLong(Part::length).sum();
    }

    /** Makes a map of points and lengths in turn; refuses one that does not make sense. */
    static SparseMap of(long size, List<Long> pairs) throws TarException {
        if (size < 0 || size > LARGEST) {
            throw new TarException("a sparse file of " + size + " bytes is not supported (at most " + LARGEST + ")");
        }
        if (pairs.size() % 2 != 0) {
            throw new TarException("the sparse map ends within a part");
        }
        List<Part> parts = new ArrayList<>();
        long end = 0;
        for (int i = 0; i < pairs.size(); i += 2) {
            Part part = new Part(pairs.get(i), pairs.get(i + 1));
            if (part.offset() < end || part.length() < 0 || part.length() > size - part.offset()) {
                throw new TarException("the sparse map has " + part.length() + " bytes at " + part.offset()
                        + ", which is out of order or outside the file of " + size);
            }
            end = part.end();
            if (part.length() > 0) {
                parts.add(part);
            }
        }
        return new SparseMap(size, parts);
    }

    /** Reads the old GNU format from the header and the blocks that continue it. */
    static SparseMap oldGnu(byte[] header, Blocks blocks) throws IOException, InterruptedException {
        List<Long> pairs = new ArrayList<>();
        readPairs(header, HEADER_PAIRS, HEADER_PAIR_COUNT, pairs);
        boolean more = header[HEADER_CONTINUES] != 0;
        while (more) {
            byte[] block = blocks.next();
            readPairs(block, 0, BLOCK_PAIR_COUNT, pairs);
            more = block[BLOCK_CONTINUES] != 0;
        }
        return of(TarNumbers.parse(header, REAL_SIZE, NUMBER, "real size"), pairs);
    }

    /** Reads format 1.0, which stands in decimal lines before the file's bytes, up to a whole block. */
    static SparseMap lines(long size, Blocks blocks) throws IOException, InterruptedException {
        Lines lines = new Lines(blocks);
        long count = lines.next();
        checkCount(count);
        List<Long> pairs = new ArrayList<>();
        for (long i = 0; i < 2 * count; i++) {
            pairs.add(lines.next());
        }
        return of(size, pairs);
    }

    private static void readPairs(byte[] block, int offset, int count, List<Long> pairs) throws TarException {
        for (int i = 0; i < count; i++) {
            int at = offset + 2 * NUMBER * i;
            if (block[at] == 0) {
                break;
            }
            pairs.add(TarNumbers.parse(block, at, NUMBER, "offset in the sparse map"));
            pairs.add(TarNumbers.parse(block, at + NUMBER, NUMBER, "length in the sparse map"));
        }
        checkCount(pairs.size() / 2);
    }

    private static void checkCount(long count) throws TarException {
        if (count < 0 || count > MOST_PARTS) {
            throw new TarException("a sparse map of " + count + " parts is not supported (at most " + MOST_PARTS + ")");
        }
    }

    /** The numbers of format 1.0. */
    private static final class Lines {
        private static final int LONGEST = 20;
        private final Blocks blocks;
        private byte[] block = {};
        private int at;

        Lines(Blocks blocks) {
            this.blocks = blocks;
        }

        long next() throws IOException, InterruptedException {
            StringBuilder digits = new StringBuilder();
            while (true) {
                if (at == block.length) {
                    block = blocks.next();
                    at = 0;
                }
                char c = (char) (block[at++] & 0xff);
                if (c == '\n') {
                    return TarNumbers.decimal(digits.toString(), "the sparse map");
                }
                if (digits.length() == LONGEST) {
                    throw new TarException("the sparse map is not of decimal lines");
                }
                digits.append(c);
            }
        }
    }
}
