/**
 * The devices of images as files: one FUSE file system, spoken to the kernel directly, whose descriptor outlives the
 * process. The node calls it; it calls {@link io.lighterage.blockdev.device.BlockDevice} and knows nothing of images or
 * blobs.
 */
package io.lighterage.blockdev.fuse;
