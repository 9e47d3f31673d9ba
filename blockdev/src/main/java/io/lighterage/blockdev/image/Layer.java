package io.lighterage.blockdev.image;

import io.lighterage.peer.content.Digest;

/**
 * A layer as its image describes it.
 *
 * @param digest of the blob as it is transferred, maybe compressed
 * @param mediaType of the blob, OCI or Docker
 * @param diffId digest of the tar archive, uncompressed
 */
public record Layer(Digest digest, String mediaType, Digest diffId) {}
