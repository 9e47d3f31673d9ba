package io.lighterage.blockdev.image;

import java.util.Collection;
import java.util.Iterator;

/**
 * The names of a directory on disk: those of its entries, with {@code .} and {@code ..} at their places in the order.
 */
final class Names {
    private static final String[] OWN = {".", ".."};

    private final Iterator<String> entries;
    private String pending;
    private int own;

    Names(Collection<String> sorted) {
        entries = sorted.iterator();
        advance();
    }

    /** The next name in the order of bytes; {@code null} after the last. */
    String next() {
        if (own < OWN.length && (pending == null || OWN[own].compareTo(pending) < 0)) {
            return OWN[own++];
        }
        String next = pending;
        advance();
        return next;
    }

    private void advance() {
        pending = entries.hasNext() ? entries.next() : null;
    }
}
