package io.lighterage.blockdev.fuse;

import io.lighterage.blockdev.linux.ErrnoException;
import io.lighterage.blockdev.linux.Libc;
import io.lighterage.blockdev.linux.MountTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The place of the file system in the tree. */
final class FuseMount {
    private static final Logger log = LoggerFactory.getLogger(FuseMount.class);
    private static final String TYPE = "fuse.lighterage";
    private static final Path DEVICE = Path.of("/dev/fuse");

    private FuseMount() {}

    /** Opens {@code /dev/fuse}, so that reads of it do not block. */
    static int open() throws IOException {
        try {
            return Libc.open(DEVICE, Libc.O_RDWR | Libc.O_NONBLOCK);
        } catch (ErrnoException failed) {
            throw new IOException(
                    "devices of images are served through " + DEVICE + ", which cannot be opened: it takes root and "
                            + "the kernel's module fuse",
                    failed);
        }
    }

    /** Mounts the file system that {@code descriptor} will serve; returns its device number. */
    static String mount(int descriptor, Path mountPoint) throws IOException {
        Optional<MountTable.Entry> there = MountTable.at(mountPoint);
        if (there.isPresent()) {
            throw new IOException(mountPoint + " is the mount point of another file system, of type "
                    + there.get().type());
        }
        // Only root passes the permissions; without allow_other not even root in a container's user namespace would get
        // there.
        String options = "fd=" + descriptor + ",rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions";
        try {
            Libc.mount("lighterage", mountPoint, TYPE, Libc.MS_RDONLY | Libc.MS_NOSUID | Libc.MS_NODEV, options);
        } catch (ErrnoException failed) {
            throw new IOException("a FUSE file system cannot be mounted at " + mountPoint, failed);
        }
        return device(mountPoint).orElseThrow(() -> new IOException(mountPoint + " was unmounted by somebody"));
    }

    /** The device number of the file system of ours that is mounted there. */
    static Optional<String> device(Path mountPoint) throws IOException {
        return MountTable.at(mountPoint).filter(entry -> entry.type().equals(TYPE)).map(MountTable.Entry::device);
    }

    /** Takes what a dead server left out of the tree: images mounted from its files, then its file system. */
    static void clean(Path mountPoint) throws IOException {
        List<MountTable.Entry> mounts = MountTable.read();
        for (MountTable.Entry entry : mounts.reversed()) {
            boolean ours = entry.target().equals(mountPoint) && entry.type().equals(TYPE);
            if (ours
                    || entry.type().equals("erofs")
                            && entry.file()
                                    .filter(file -> file.startsWith(mountPoint))
                                    .isPresent()) {
                log.warn("Unmounting {}, whose server and holder have both died", entry.target());
                Libc.unmount(entry.target(), Libc.MNT_DETACH);
            }
        }
    }
}
