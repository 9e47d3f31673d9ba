package io.lighterage.cli.demo;

import io.lighterage.peer.content.Digest;
import java.util.List;

/**
 * An image built for the demo.
 *
 * @param manifest its manifest, JSON
 * @param config its config, JSON
 * @param layers bottom first
 */
record DemoImage(byte[] manifest, byte[] config, List<DemoLayer> layers) {
    static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
    static final String CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";

    /** The manifest's digest. */
    Digest digest() {
        return Digest.of(manifest);
    }

    /** Bytes of the manifest, the config and all layers. */
    long length() {
        return manifest.length
                + config.length
                + layers.stream().mapToLong(DemoLayer::length).sum();
    }
}
