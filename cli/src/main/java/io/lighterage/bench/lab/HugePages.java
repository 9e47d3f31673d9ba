package io.lighterage.bench.lab;

import io.lighterage.blockdev.linux.ErrnoException;
import io.lighterage.blockdev.linux.Libc;
import io.lighterage.blockdev.linux.MountTable;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files in memory whose pages are large, so that a measurement is not one of how fast the kernel finds pages: a virtual
 * machine that gives free memory back to its host pays for the first touch of each page, which is a quarter of all CPU
 * of a mass pull in pages of 4 KiB. See "huge" in the kernel's Documentation/filesystems/tmpfs.rst.
 */
public final class HugePages {
    private static final Logger LOG = LoggerFactory.getLogger(HugePages.class);

    private HugePages() {}

    /**
     * Mounts a file system of them on an empty directory. Files that are not that large have ordinary pages. Needs root.
     *
     * @param bytes that its files may have in all
     * @return false if this kernel has none; nothing is changed then
     */
    public static boolean mount(Path directory, long bytes) {
        try {
            Libc.mount("lighterage-bench", directory, "tmpfs", Libc.MS_NOSUID | Libc.MS_NODEV,
                    "huge=within_size,mode=700,size=" + bytes);
            return true;
        } catch (ErrnoException e) {
            LOG.info("data has pages of the ordinary size, which cost more CPU: {}", e.getMessage());
            return false;
        }
    }

    /** Gives back what {@link #mount} mounted there, if it did, with all files in it. */
    static void unmount(Path directory) throws IOException {
        if (MountTable.at(directory.toRealPath()).isPresent()) {
            Libc.unmount(directory, Libc.MNT_DETACH);
        }
    }
}
