package io.lighterage.peer.swarm;

import io.lighterage.peer.content.ChunkSet;
import java.util.Arrays;

/**
 * Which hosts of a {@link Neighbourhood} hold which chunks of one blob: for each chunk a mask of places, and for each place a
 * mask of chunks. The first says at once how many hold a chunk, the second what a host can give.
 */
final class Holders {
    private final int chunks;

    /** Words of a mask. */
    private int words = 1;

    private long[] masks;

    /** By place, what the host there holds; null where that is nothing. */
    private long[][] held = new long[Long.SIZE][];

    /** Nodes that hold something, and those of them that stand in this host's own rack. */
    private long[] nodes = new long[1];

    private long[] inside = new long[1];
    private int nodeCount;
    private Neighbour supernode;

    Holders(int chunks) {
        this.chunks = chunks;
        this.masks = new long[chunks];
    }

    /** {@code neighbour}, which is connected, holds {@code more} too. */
    void add(Neighbour neighbour, ChunkSet more) {
        int word = neighbour.place >> 6;
        if (word >= words) {
            widen(word + 1);
        }
        long bit = 1L << neighbour.place;
        if (neighbour.isSupernode()) {
            supernode = neighbour;
        } else if ((nodes[word] & bit) == 0) {
            nodes[word] |= bit;
            inside[word] |= neighbour.isOutside() ? 0 : bit;
            nodeCount++;
        }
        if (held[neighbour.place] == null) {
            held[neighbour.place] = new long[(chunks + 63) >> 6];
        }
        long[] its = held[neighbour.place];
        for (int index = more.nextPresent(0); index >= 0; index = more.nextPresent(index + 1)) {
            masks[index * words + word] |= bit;
            its[index >> 6] |= 1L << index;
        }
    }

    private void widen(int wider) {
        long[] wide = new long[chunks * wider];
        for (int index = 0; index < chunks; index++) {
            System.arraycopy(masks, index * words, wide, index * wider, words);
        }
        masks = wide;
        words = wider;
        held = Arrays.copyOf(held, wider * Long.SIZE);
        nodes = Arrays.copyOf(nodes, wider);
        inside = Arrays.copyOf(inside, wider);
    }

    void remove(Neighbour neighbour) {
        int word = neighbour.place >> 6;
        if (neighbour.hood == null || !isHolder(neighbour)) {
            return;
        }
        long others = ~(1L << neighbour.place);
        if (neighbour == supernode) {
            supernode = null;
        } else {
            nodeCount--;
        }
        nodes[word] &= others;
        inside[word] &= others;
        held[neighbour.place] = null;
        for (int i = word; i < masks.length; i += words) {
            masks[i] &= others;
        }
    }

    /** Whether {@code neighbour} is known to hold something. */
    boolean isHolder(Neighbour neighbour) {
        int word = neighbour.place >> 6;
        return neighbour.hood != null
                && (neighbour == supernode || word < words && (nodes[word] & 1L << neighbour.place) != 0);
    }

    boolean holds(Neighbour neighbour, int index) {
        int word = neighbour.place >> 6;
        return isHolder(neighbour) && (masks[index * words + word] & 1L << neighbour.place) != 0;
    }

    boolean holdsAll(Neighbour neighbour, ChunkSet wanted) {
        for (int index = wanted.nextPresent(0); index >= 0; index = wanted.nextPresent(index + 1)) {
            if (!holds(neighbour, index)) {
                return false;
            }
        }
        return isHolder(neighbour);
    }

    /** Whether anybody, be it the supernode, holds chunk {@code index}. */
    boolean isHeld(int index) {
        for (int i = index * words; i < (index + 1) * words; i++) {
            if (masks[i] != 0) {
                return true;
            }
        }
        return false;
    }

    /** Number of nodes that hold chunk {@code index}. */
    int copies(int index) {
        int copies = 0;
        for (int word = 0; word < words; word++) {
            copies += Long.bitCount(masks[index * words + word] & nodes[word]);
        }
        return copies;
    }

    /** Whether a node of this host's own rack holds chunk {@code index}. */
    boolean isInside(int index) {
        for (int word = 0; word < words; word++) {
            if ((masks[index * words + word] & inside[word]) != 0) {
                return true;
            }
        }
        return false;
    }

    /** Whether nodes of other racks hold something, and none of them chunk {@code index}. */
    boolean isInsideOnly(int index) {
        boolean any = false;
        for (int word = 0; word < words; word++) {
            long outside = nodes[word] & ~inside[word];
            any |= outside != 0;
            if ((masks[index * words + word] & outside) != 0) {
                return false;
            }
        }
        return any;
    }

    /** Those of {@code some} in a word of the mask that stand in this host's own rack. */
    long inside(int word, long some) {
        return some & inside[word];
    }

    /** The chunks {@code 64 * word} and so on, of which one of the hosts {@code some} holds each. */
    long heldBy(int word, int placesWord, long some) {
        long all = 0;
        for (long rest = some; rest != 0; rest &= rest - 1) {
            all |= held[(placesWord << 6) + Long.numberOfTrailingZeros(rest)][word];
        }
        return all;
    }

    /** Those of {@code some} that hold chunk {@code index}, in one word. */
    long offers(int index, int word, long[] some) {
        return masks[index * words + word] & some[word];
    }

    int words() {
        return words;
    }

    /** Nodes that hold something, in one word. */
    long nodes(int word) {
        return nodes[word];
    }

    int nodeCount() {
        return nodeCount;
    }

    /** The supernode, if it holds something; else null. */
    Neighbour supernode() {
        return supernode;
    }
}
