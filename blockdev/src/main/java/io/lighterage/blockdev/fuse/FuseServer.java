package io.lighterage.blockdev.fuse;

import io.lighterage.blockdev.device.BlockDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * One FUSE file system with one read-only file for each device that was added.
 *
 * <p><b>Life.</b> A small process, the <em>holder</em>, keeps the descriptor of {@code /dev/fuse} beside the server. So
 * the file system, and every EROFS mounted from its files, survives the server's process:
 *
 * <ul>
 *   <li>{@link #close} and {@code kill -9} leave it mounted. Reads wait, in the kernel, for the next server.
 *   <li>The next {@link #start} with the same settings takes the descriptor from the holder, has the kernel send again
 *       what was not answered, and goes on. Its files are the same, by name and node id. {@link #awaited} lists those
 *       that have no device yet; the caller adds each again (or removes it), and reads of it wait until then, at most
 *       {@link FuseSettings#deviceWait}.
 *   <li>A holder that dies while the server lives is replaced. If both died, the file system is dead (every access
 *       fails with ENOTCONN); the next {@code start} unmounts it, and the EROFS mounts over it, and begins with no
 *       files.
 *   <li>{@link #unmount} ends file system and holder.
 * </ul>
 *
 * <p><b>Reads.</b> Bytes that are here are answered at once from the device's views. A read of missing bytes waits on a
 * virtual thread of its own; its failure is EIO, logged with the file's name. Needs root and Linux 5.10; to go on after
 * a restart, Linux 6.9. Only root may read the files. Safe for use by several threads.
 */
public interface FuseServer extends AutoCloseable {
    /**
     * Mounts the file system, or goes on with the one that an earlier server of the same settings left.
     *
     * @throws IOException if there is no FUSE here, this process is not root, or the mount point is taken
     */
    static FuseServer start(FuseSettings settings) throws IOException {
        return KernelFuseServer.start(settings);
    }

    /**
     * Serves {@code device} as a file until it is removed or the server closes.
     *
     * @param name the file's name, such as the hex of a manifest's digest: 1 to 255 letters, digits, {@code .},
     *     {@code _}, {@code -}, not beginning with a dot
     * @param note what the caller needs to open the device again after a restart; {@link #awaited} gives it back
     * @return the file's absolute path, to mount
     * @throws IllegalArgumentException if the name is not allowed, or has a device, or was served with another length
     * @throws IOException if the state could not be written: the file is not served
     */
    Path add(String name, BlockDevice device, String note) throws IOException;

    /**
     * Ends a file: its waiting reads end with EIO, later ones too. When this returns the device's views are no longer
     * used and it may be closed. Does nothing if there is no such file. The caller unmounts what was mounted from it
     * first.
     *
     * @throws IOException if reads of it did not end, or the state could not be written
     */
    void remove(String name) throws IOException;

    /** The names of the files that have a device. */
    Set<String> names();

    /** The files of an earlier server, by name, that have no device yet, each with its note. */
    Map<String, String> awaited();

    /** Where the file of that name is, whether it exists or not. */
    Path path(String name);

    /** Reads that wait for missing bytes now, over all files. */
    int waiting();

    /**
     * Ends the file system and its holder, and closes the server.
     *
     * @throws IOException naming the mount point, if a file is still in use; the server then goes on
     */
    void unmount() throws IOException;

    /**
     * Stops serving and leaves file system and holder for the next server. Waiting reads go on waiting, for it. When
     * this returns the devices' views are no longer used; the devices stay open, they are their opener's.
     */
    @Override
    void close();
}
