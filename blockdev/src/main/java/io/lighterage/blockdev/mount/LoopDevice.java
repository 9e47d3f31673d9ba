package io.lighterage.blockdev.mount;

import io.lighterage.blockdev.linux.Errno;
import io.lighterage.blockdev.linux.ErrnoException;
import io.lighterage.blockdev.linux.Libc;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A read-only loop device over a file: include/uapi/linux/loop.h. It lives while it is open or mounted (autoclear), so
 * close it once it is mounted. It reads the file directly: through the page cache it would read a lazy file one piece
 * at a time.
 */
record LoopDevice(Path path, int descriptor) implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LoopDevice.class);
    private static final Path CONTROL = Path.of("/dev/loop-control");
    private static final int ATTEMPTS = 64;

    private static final long LOOP_CTL_GET_FREE = 0x4C82;
    private static final long LOOP_CONFIGURE = 0x4C0A;

    /** struct loop_config: its size, and its offsets, those of its struct loop_info64 included. */
    private static final long CONFIG_SIZE = 304;
    private static final long CONFIG_FD = 0;
    private static final long CONFIG_INFO = 8;
    private static final long INFO_FLAGS = CONFIG_INFO + 52;
    private static final long INFO_FILE_NAME = CONFIG_INFO + 56;
    private static final int FILE_NAME_SIZE = 64;

    private static final int READ_ONLY = 1;
    private static final int AUTOCLEAR = 4;
    private static final int DIRECT_IO = 16;

    /** Makes one over {@code file}. */
    static LoopDevice attach(Path file) throws IOException {
        int backing = open(file);
        try {
            int control = Libc.open(CONTROL, Libc.O_RDWR);
            try {
                return attach(file, backing, control);
            } finally {
                Libc.close(control);
            }
        } finally {
            Libc.close(backing);
        }
    }

    /** Some file systems have no direct I/O. */
    private static int open(Path file) throws ErrnoException {
        try {
            return Libc.open(file, Libc.O_RDONLY | Libc.O_DIRECT);
        } catch (ErrnoException failed) {
            if (failed.errno() == Errno.EINVAL) {
                return Libc.open(file, Libc.O_RDONLY);
            }
            throw failed;
        }
    }

    private static LoopDevice attach(Path file, int backing, int control) throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Path path = Path.of("/dev/loop" + Libc.ioctl("LOOP_CTL_GET_FREE", control, LOOP_CTL_GET_FREE, 0));
            int device = Libc.open(path, Libc.O_RDONLY);
            try {
                configure(file, backing, device);
                warnUnlessDirect(path, file);
                return new LoopDevice(path, device);
            } catch (ErrnoException failed) {
                Libc.close(device);
                // Another process took the same one first.
                if (failed.errno() != Errno.EBUSY) {
                    throw failed;
                }
            }
        }
        throw new IOException(
                "no loop device could be had for " + file + ": others took " + ATTEMPTS + " of them first");
    }

    private static void configure(Path file, int backing, int device) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment config = arena.allocate(CONFIG_SIZE, Long.BYTES);
            config.set(ValueLayout.JAVA_INT, CONFIG_FD, backing);
            config.set(ValueLayout.JAVA_INT, INFO_FLAGS, READ_ONLY | AUTOCLEAR | DIRECT_IO);
            byte[] name = file.toString().getBytes(StandardCharsets.UTF_8);
            MemorySegment.copy(
                    MemorySegment.ofArray(name), 0, config, INFO_FILE_NAME, Math.min(name.length, FILE_NAME_SIZE - 1));
            Libc.ioctl("LOOP_CONFIGURE for " + file, device, LOOP_CONFIGURE, config.address());
        }
    }

    private static void warnUnlessDirect(Path device, Path file) throws IOException {
        Path direct = Path.of("/sys/block", device.getFileName().toString(), "loop/dio");
        if (!Files.readString(direct).strip().equals("1")) {
            log.warn("{} reads {} through the page cache: its file system has no direct I/O", device, file);
        }
    }

    @Override
    public void close() throws ErrnoException {
        Libc.close(descriptor);
    }
}
