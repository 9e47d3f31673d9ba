package io.lighterage.cli.demo;

import io.lighterage.peer.content.Digest;
import java.nio.file.Path;

/**
 * A layer on disk.
 *
 * @param file its bytes
 * @param mediaType by the OCI image specification
 * @param digest of the file
 * @param diffId digest of the tar in it
 * @param length of the file in bytes
 */
record DemoLayer(Path file, String mediaType, Digest digest, Digest diffId, long length) {
    static final String TAR = "application/vnd.oci.image.layer.v1.tar";
    static final String TAR_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";
}
