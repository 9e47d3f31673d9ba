package io.lighterage.blockdev.mount;

import io.lighterage.blockdev.linux.Errno;
import io.lighterage.blockdev.linux.ErrnoException;
import io.lighterage.blockdev.linux.Libc;
import io.lighterage.blockdev.linux.MountTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Mounts by mount(2). What a mount needs only at its begin is opened before it and closed after it. */
final class KernelImageMounter implements ImageMounter {
    private static final Logger log = LoggerFactory.getLogger(KernelImageMounter.class);
    private static final String TYPE = "erofs";
    private static final long FLAGS = Libc.MS_RDONLY | Libc.MS_NODEV;

    private final MountSettings settings;

    KernelImageMounter(MountSettings settings) {
        this.settings = settings;
    }

    @Override
    public ImageMount mount(Path file, Path target) throws MountException {
        return mount(file, List.of(), target);
    }

    @Override
    public ImageMount mount(Path metadata, List<Path> blobs, Path target) throws MountException {
        Path file = metadata.toAbsolutePath().normalize();
        try {
            Path directory = free(target);
            for (Path needed : concat(file, blobs)) {
                if (!Files.isReadable(needed)) {
                    throw new MountException(
                            "an image cannot be mounted at " + target + ": " + needed + " is missing or unreadable");
                }
            }
            return settings.forceLoop() || !mountFiles(file, blobs, directory)
                    ? mountLoops(file, blobs, directory)
                    : new ImageMount(directory, file, false);
        } catch (MountException failed) {
            throw failed;
        } catch (ErrnoException failed) {
            throw new MountException(reason(failed, file, target), failed);
        } catch (IOException failed) {
            throw new MountException(
                    "the image " + file + " cannot be mounted at " + target + ": " + failed.getMessage(), failed);
        }
    }

    /** The target as the mount table will name it. */
    private static Path free(Path target) throws IOException {
        if (!Files.isDirectory(target)) {
            throw new MountException("an image cannot be mounted at " + target + ": it is not a directory");
        }
        Path directory = target.toRealPath();
        Optional<MountTable.Entry> there = MountTable.at(directory);
        if (there.isPresent()) {
            throw new MountException("an image cannot be mounted at " + target + ": it is a mount of "
                    + there.get().source() + " already");
        }
        return directory;
    }

    private static List<Path> concat(Path first, List<Path> rest) {
        List<Path> all = new ArrayList<>(List.of(first));
        all.addAll(rest);
        return all;
    }

    /** Mounts without loop devices; false if the kernel cannot. */
    private static boolean mountFiles(Path file, List<Path> blobs, Path target) throws IOException {
        List<Integer> descriptors = new ArrayList<>();
        try {
            for (Path blob : blobs) {
                descriptors.add(Libc.open(blob, Libc.O_RDONLY));
            }
            // By number and not by path: a page holds all options, and a path may have a comma in it.
            String options = descriptors.stream()
                    .map(number -> "device=/proc/self/fd/" + number)
                    .collect(Collectors.joining(","));
            Libc.mount(file.toString(), target, TYPE, FLAGS, options);
            return true;
        } catch (ErrnoException failed) {
            if (failed.errno() == Errno.ENOTBLK) {
                log.info("This kernel mounts no EROFS from a file (Linux 6.12 does): {} gets a loop device", file);
                return false;
            }
            throw failed;
        } finally {
            for (int descriptor : descriptors) {
                Libc.close(descriptor);
            }
        }
    }

    private static ImageMount mountLoops(Path file, List<Path> blobs, Path target) throws IOException {
        List<LoopDevice> devices = new ArrayList<>();
        try {
            for (Path needed : concat(file, blobs)) {
                devices.add(LoopDevice.attach(needed));
            }
            String options = devices.stream()
                    .skip(1)
                    .map(device -> "device=" + device.path())
                    .collect(Collectors.joining(","));
            Libc.mount(devices.getFirst().path().toString(), target, TYPE, FLAGS, options);
            return new ImageMount(target, file, true);
        } finally {
            for (LoopDevice device : devices) {
                device.close();
            }
        }
    }

    private static String reason(ErrnoException failed, Path file, Path target) {
        String why =
                switch (failed.errno()) {
                    case Errno.EPERM, Errno.EACCES -> "only root may mount";
                    case Errno.ENODEV -> "this kernel has no EROFS (try: modprobe erofs)";
                    case Errno.EINVAL, Errno.EUCLEAN ->
                        "the kernel finds no EROFS that it can read in it; its log says more (dmesg)";
                    default -> failed.getMessage();
                };
        return "the image " + file + " cannot be mounted at " + target + ": " + why;
    }

    @Override
    public void unmount(Path target, boolean lazy) throws MountException {
        try {
            // Not resolved through the mount itself: its server may be dead.
            Path absolute = target.toAbsolutePath().normalize();
            Path parent = absolute.getParent();
            Path directory = parent == null ? absolute : parent.toRealPath().resolve(absolute.getFileName());
            if (MountTable.at(directory).filter(entry -> entry.type().equals(TYPE)).isEmpty()) {
                throw new MountException("no image is mounted at " + target);
            }
            Libc.unmount(directory, lazy ? Libc.MNT_DETACH : 0);
        } catch (MountException failed) {
            throw failed;
        } catch (ErrnoException failed) {
            throw new MountException(failed.errno() == Errno.EBUSY
                    ? "the image at " + target + " is in use: end what uses it, or unmount it lazily"
                    : "the image at " + target + " cannot be unmounted: " + failed.getMessage(), failed);
        } catch (IOException failed) {
            throw new MountException("the image at " + target + " cannot be unmounted: " + failed.getMessage(), failed);
        }
    }

    @Override
    public List<ImageMount> mounts(Path directory) throws MountException {
        Path below = directory.toAbsolutePath().normalize();
        try {
            List<ImageMount> mounts = new ArrayList<>();
            for (MountTable.Entry entry : MountTable.read()) {
                if (entry.type().equals(TYPE)) {
                    entry.file().filter(file -> file.startsWith(below))
                            .ifPresent(file -> mounts.add(new ImageMount(entry.target(), file, entry.isLoop())));
                }
            }
            return mounts;
        } catch (IOException failed) {
            throw new MountException("the mounts of this host cannot be read: " + failed.getMessage(), failed);
        }
    }
}
