package io.lighterage.peer.swarm;

/**
 * Which chunks a node is to bring into its rack: those whose index leaves {@code ordinal} when divided by {@code of}.
 *
 * @param ordinal 0 to {@code of - 1}
 * @param of 1 to 65535
 */
public record Share(int ordinal, int of) {
    /** Of a node that shares the work with nobody. */
    public static final Share ALL = new Share(0, 1);

    public Share {
        if (of < 1 || of > 0xffff || ordinal < 0 || ordinal >= of) {
            throw new IllegalArgumentException("there is no share " + ordinal + " of " + of);
        }
    }

    boolean contains(int index) {
        return index % of == ordinal;
    }
}
