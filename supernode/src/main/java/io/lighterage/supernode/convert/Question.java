package io.lighterage.supernode.convert;

import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.peer.content.ImageReference;

/**
 * What is asked for.
 *
 * @param image which image
 * @param platform which of its platforms
 * @param lazy whether its device is wanted, or only its blobs
 */
record Question(ImageReference image, Platform platform, boolean lazy) {
    @Override
    public String toString() {
        return image + " for " + platform;
    }
}
