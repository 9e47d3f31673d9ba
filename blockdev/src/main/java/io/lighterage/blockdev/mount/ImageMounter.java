package io.lighterage.blockdev.mount;

import java.nio.file.Path;
import java.util.List;

/**
 * Mounts images read-only, without device nodes of theirs taking effect. Needs root and a kernel with EROFS.
 *
 * <p>EROFS is mounted straight from a file where the kernel can do so (Linux 6.12 and later), else through a loop
 * device that reads the file directly, without a second cache, and that vanishes with its mount. Safe for use by
 * several threads.
 */
public interface ImageMounter {
    /** A mounter by the kernel's mount(2). */
    static ImageMounter create(MountSettings settings) {
        return new KernelImageMounter(settings);
    }

    /**
     * Mounts the EROFS in {@code file}, such as the file of a lazy device.
     *
     * @param target an existing directory that is no mount yet
     * @throws MountException if it could not be mounted; nothing is left behind
     */
    ImageMount mount(Path file, Path target) throws MountException;

    /**
     * Mounts an image all of whose blobs are local, so that no daemon is needed to read it.
     *
     * @param metadata the EROFS metadata, written for separate devices
     * @param blobs the data of its extra devices, in the order of its device table; each is readable and complete
     * @param target an existing directory that is no mount yet
     * @throws MountException if it could not be mounted; nothing is left behind
     */
    ImageMount mount(Path metadata, List<Path> blobs, Path target) throws MountException;

    /**
     * Ends the mount at {@code target}.
     *
     * @param lazy whether to take a busy mount out of the tree at once and end it when its last user is gone
     * @throws MountException if {@code target} is no mount of an image, or is busy and {@code lazy} is not set
     */
    void unmount(Path target, boolean lazy) throws MountException;

    /**
     * The EROFS mounts of this process's mount namespace whose files lie below {@code directory}, such as the mount
     * point of a FUSE server, in the order in which they were made.
     */
    List<ImageMount> mounts(Path directory) throws MountException;
}
