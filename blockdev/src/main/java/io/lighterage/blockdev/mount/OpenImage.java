package io.lighterage.blockdev.mount;

import io.lighterage.blockdev.device.BlockDevice;

/** An image whose device is open. Guarded by the lock of {@link OpenImages}. */
final class OpenImage {
    final KnownImages.Known known;
    final BlockDevice device;
    final BackgroundPull pull;

    /** Uses other than mounts: a mount that is being made, a connection of a network block device. */
    int pins;

    /** Whether the device is a file of the FUSE file system. */
    boolean served;

    OpenImage(KnownImages.Known known, BlockDevice device, BackgroundPull pull) {
        this.known = known;
        this.device = device;
        this.pull = pull;
    }

    /** The name of its file. */
    String fileName() {
        return known.manifest().hex();
    }
}
