package io.lighterage.supernode.api;

/**
 * What {@code POST /api/v1/mounts} is told.
 *
 * @param image the image's reference
 * @param directory where to mount it, absolute
 */
public record MountRequest(String image, String directory) {}
