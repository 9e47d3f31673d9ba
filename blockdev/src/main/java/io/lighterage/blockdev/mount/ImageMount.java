package io.lighterage.blockdev.mount;

import java.nio.file.Path;

/**
 * A mounted image.
 *
 * @param target the directory over which it is mounted
 * @param file the file that it is mounted from: that of a device, or the metadata of a complete image
 * @param loop whether a loop device is between
 */
public record ImageMount(Path target, Path file, boolean loop) {}
