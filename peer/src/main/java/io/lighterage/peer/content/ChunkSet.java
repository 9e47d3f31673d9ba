package io.lighterage.peer.content;

import java.util.BitSet;
import java.util.function.IntConsumer;

/**
 * A set of the chunk indices {@code 0 .. size-1} of one blob. Mutable, not safe for use by several threads.
 */
public final class ChunkSet {
    private final int size;
    private final BitSet bits;
    private int count;

    /** The empty set over {@code size} chunks. */
    public ChunkSet(int size) {
        this(size, new BitSet(size));
    }

    private ChunkSet(int size, BitSet bits) {
        if (size < 0) {
            throw new IllegalArgumentException("a blob cannot have " + size + " chunks");
        }
        this.size = size;
        this.bits = bits;
        this.count = bits.cardinality();
    }

    /** The set of all of {@code size} chunks. */
    public static ChunkSet full(int size) {
        BitSet bits = new BitSet(size);
        bits.set(0, size);
        return new ChunkSet(size, bits);
    }

    /** The set over {@code size} chunks of the given {@code indices}. */
    public static ChunkSet of(int size, int... indices) {
        ChunkSet set = new ChunkSet(size);
        for (int index : indices) {
            set.add(index);
        }
        return set;
    }

    /**
     * The set over {@code size} chunks whose bit {@code i % 8} of byte {@code i / 8} says whether chunk
     * {@code i} is in it.
     *
     * @throws IllegalArgumentException if a bit at or behind {@code size} is set
     */
    public static ChunkSet ofBitmap(int size, byte[] bitmap) {
        BitSet bits = BitSet.valueOf(bitmap);
        if (bits.length() > size) {
            throw new IllegalArgumentException("chunk " + (bits.length() - 1) + " in a blob of " + size + " chunks");
        }
        return new ChunkSet(size, bits);
    }

    /** The inverse of {@link #ofBitmap}; trailing zero bytes are left out. */
    public byte[] bitmap() {
        return bits.toByteArray();
    }

    /** Number of chunks of the blob, in the set or not. */
    public int size() {
        return size;
    }

    /** Number of chunks in the set. */
    public int count() {
        return count;
    }

    /** Whether every chunk is in the set. */
    public boolean isFull() {
        return count == size;
    }

    /** Whether no chunk is in the set. */
    public boolean isEmpty() {
        return count == 0;
    }

    /** Whether chunk {@code index} is in the set. */
    public boolean contains(int index) {
        return bits.get(index);
    }

    /** Adds chunk {@code index}; answers whether it was new. */
    public boolean add(int index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException("chunk " + index + " of " + size);
        }
        if (bits.get(index)) {
            return false;
        }
        bits.set(index);
        count++;
        return true;
    }

    /** Whether every chunk of {@code other} is in this set too. */
    public boolean containsAll(ChunkSet other) {
        for (int index = other.bits.nextSetBit(0); index >= 0; index = other.bits.nextSetBit(index + 1)) {
            if (!bits.get(index)) {
                return false;
            }
        }
        return true;
    }

    /** Adds all of {@code other}, which must have the same size. */
    public void addAll(ChunkSet other) {
        if (other.size != size) {
            throw new IllegalArgumentException("a set over " + other.size + " chunks cannot join one over " + size);
        }
        bits.or(other.bits);
        count = bits.cardinality();
    }

    /** Removes all of {@code other}, which must have the same size. */
    public void removeAll(ChunkSet other) {
        if (other.size != size) {
            throw new IllegalArgumentException("a set over " + other.size + " chunks cannot leave one over " + size);
        }
        bits.andNot(other.bits);
        count = bits.cardinality();
    }

    /** Removes chunk {@code index}; answers whether it was there. */
    public boolean remove(int index) {
        if (!bits.get(index)) {
            return false;
        }
        bits.clear(index);
        count--;
        return true;
    }

    /** The least index in the set at or behind {@code from}, or -1. */
    public int nextPresent(int from) {
        return from >= size ? -1 : bits.nextSetBit(from);
    }

    /** The least index not in the set at or behind {@code from}, or {@link #size()} where there is none. */
    public int nextMissing(int from) {
        return Math.min(size, bits.nextClearBit(from));
    }

    /** Calls {@code action} with each index in the set, in order. */
    public void forEach(IntConsumer action) {
        for (int index = bits.nextSetBit(0); index >= 0; index = bits.nextSetBit(index + 1)) {
            action.accept(index);
        }
    }

    /** An independent copy. */
    public ChunkSet copy() {
        return new ChunkSet(size, (BitSet) bits.clone());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ChunkSet that && size == that.size && bits.equals(that.bits);
    }

    @Override
    public int hashCode() {
        return 31 * size + bits.hashCode();
    }

    @Override
    public String toString() {
        return count + " of " + size + " chunks";
    }
}
