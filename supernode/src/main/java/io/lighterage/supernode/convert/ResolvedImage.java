package io.lighterage.supernode.convert;

import io.lighterage.blockdev.image.Layer;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.exchange.BlobSource;
import java.util.List;

/**
 * An image of one platform.
 *
 * @param source where its blobs are upstream
 * @param manifest its manifest's digest
 * @param layers lowest first
 */
record ResolvedImage(BlobSource source, Digest manifest, List<ImageLayer> layers) {
    ResolvedImage {
        layers = List.copyOf(layers);
    }

    /**
     * A layer as the image describes it.
     *
     * @param digest of the blob, maybe compressed
     * @param mediaType OCI or Docker
     * @param diffId digest of the plain archive
     * @param size the blob's length in bytes, as the manifest claims
     */
    record ImageLayer(Digest digest, String mediaType, Digest diffId, long size) {
        /** The same without its size. */
        Layer described() {
            return new Layer(digest, mediaType, diffId);
        }
    }

    /** Compressed bytes of all layers, as the manifest claims. */
    long bytes() {
        return layers.stream().mapToLong(ImageLayer::size).sum();
    }
}
