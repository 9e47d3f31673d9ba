/**
 * Mounts EROFS images from files: from the lazy file of a device, through a loop device where the kernel needs one, or
 * from the local blobs of a complete image. The node calls it.
 */
package io.lighterage.blockdev.mount;
