package io.lighterage.blockdev.snapshotter;

import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** The layers of images that need not be unpacked, by their chainIDs. Safe for use by several threads; calls block. */
interface ImageLayers {
    /**
     * Whether a layer is to be a remote one.
     *
     * @param chain the chainID that it will have
     * @param parent the chainID of what it stands upon; nothing for the lowest layer
     * @param labels what the unpacker says of it
     */
    boolean isRemote(Digest chain, Optional<Digest> parent, Map<String, String> labels) throws InterruptedException;

    /**
     * Where the file system of the layers up to {@code chain} is mounted; mounts it if it is not.
     *
     * @throws IOException if it cannot be had now; the message says why
     */
    Path mounted(Digest chain) throws IOException, InterruptedException;

    /**
     * Gives up what is not needed for the layers that {@code needed} tells.
     *
     * @param needed is asked more than once, for the layers as they are then
     */
    void retain(Supplier<Set<Digest>> needed) throws IOException;
}
