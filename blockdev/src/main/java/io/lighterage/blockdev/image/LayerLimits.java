package io.lighterage.blockdev.image;

/**
 * What a layer may cost at most. Beyond it a layer is refused, and the image is pulled the ordinary way.
 *
 * @param plainBytes length of the uncompressed archive, and of the data blob
 * @param ratio uncompressed bytes for each compressed one, looked at once there are {@link #RATIO_FLOOR} uncompressed
 *     ones
 * @param entryBytes length of the layer's entry list, which is held in memory
 */
public record LayerLimits(long plainBytes, int ratio, int entryBytes) {
    /** Uncompressed bytes, 1 GiB, up to which any ratio is allowed: they cost seconds only. */
    public static final long RATIO_FLOOR = 1L << 30;

    /** 128 GiB, 200 to 1, and 192 MiB of entries, which is about two million. */
    public static final LayerLimits DEFAULT = new LayerLimits(128L << 30, 200, 192 << 20);

    /** The same, but no more entries than an eighth of this process's heap: a node is small. */
    public static LayerLimits ofANode() {
        int entries = (int) Math.min(Integer.MAX_VALUE / 2, Runtime.getRuntime().maxMemory() / 8);
        return new LayerLimits(DEFAULT.plainBytes, DEFAULT.ratio, entries);
    }

    public LayerLimits {
        if (plainBytes < 1 || ratio < 1 || entryBytes < 1) {
            throw new IllegalArgumentException(
                    "limits of a layer are positive, not " + plainBytes + ", " + ratio + ", " + entryBytes);
        }
    }
}
