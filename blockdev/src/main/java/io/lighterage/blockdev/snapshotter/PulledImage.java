package io.lighterage.blockdev.snapshotter;

import io.lighterage.blockdev.image.Layer;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.Repository;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An image whose layers are known.
 *
 * @param repository from which it was pulled the last time
 * @param manifest digest of its manifest
 * @param layers lowest first, at least one
 * @param chains chainID of each layer with all below it
 */
record PulledImage(Repository repository, Digest manifest, List<Layer> layers, List<Digest> chains) {
    PulledImage(Repository repository, Digest manifest, List<Layer> layers) {
        this(repository, manifest, List.copyOf(layers), chains(layers));
    }

    /** ChainIDs, see the OCI image specification's config.md, "Layer ChainID". */
    private static List<Digest> chains(List<Layer> layers) {
        List<Digest> chains = new ArrayList<>();
        for (Layer layer : layers) {
            chains.add(chains.isEmpty()
                    ? layer.diffId()
                    : Digest.of((chains.getLast() + " " + layer.diffId()).getBytes(StandardCharsets.US_ASCII)));
        }
        return List.copyOf(chains);
    }

    /** The chainID of the whole image. */
    Digest top() {
        return chains.getLast();
    }

    ImageReference reference() {
        return new ImageReference(repository, Optional.empty(), Optional.of(manifest));
    }
}
