package io.lighterage.blockdev.image;

/**
 * What a layer does to one path, told without knowing the layers below. Paths are clean (no empty, {@code .} or
 * {@code ..} parts, no slash at either end, {@code ""} for the root) and of one character a byte.
 */
sealed interface LayerEntry {
    /** The path as the layer writes it: links of lower layers may lie in it. */
    String path();

    /**
     * Makes anything but a directory, in place of what was there.
     *
     * @param content never a directory; data is of layer 0
     */
    record Node(String path, Inode.Attributes attributes, Inode.Content content) implements LayerEntry {}

    /** Makes a directory, or changes the attributes of the one that is there. */
    record Folder(String path, Inode.Attributes attributes) implements LayerEntry {}

    /** Makes another name of the file that is at {@code target} at that moment. */
    record HardLink(String path, String target) implements LayerEntry {}

    /** Removes what lower layers have at the path. */
    record Whiteout(String path) implements LayerEntry {}

    /** Removes what lower layers have in the directory at the path. */
    record Opaque(String path) implements LayerEntry {}
}
