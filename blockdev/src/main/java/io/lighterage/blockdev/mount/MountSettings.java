package io.lighterage.blockdev.mount;

/**
 * How images are mounted.
 *
 * @param forceLoop whether to use loop devices even where the kernel mounts files without
 */
public record MountSettings(boolean forceLoop) {
    /** Loop devices only where the kernel needs them. */
    public static final MountSettings DEFAULT = new MountSettings(false);
}
