package io.lighterage.blockdev.linux;

import static io.lighterage.blockdev.linux.Native.INT;
import static io.lighterage.blockdev.linux.Native.POINTER;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What a tree of files takes on its disk, as du(1) counts: blocks that are allocated, and a file with several names
 * once.
 *
 * @param bytes of blocks
 * @param inodes number of files of all kinds
 */
public record FileUsage(long bytes, long inodes) {
    private static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int STATX_INO = 0x100;
    private static final int STATX_BLOCKS = 0x400;
    private static final int BLOCK = 512;

    /** struct statx and offsets in it, the same on every architecture: include/uapi/linux/stat.h. */
    private static final long STATX_BYTES = 256;
    private static final long INODE = 32;
    private static final long BLOCKS = 48;
    private static final long DEVICE_MAJOR = 136;
    private static final long DEVICE_MINOR = 140;

    private static final MethodHandle STATX = Native.function("statx", INT, INT, POINTER, INT, INT, POINTER);

    /** A file, whatever it is called. */
    private record Identity(int major, int minor, long inode) {}

    /**
     * Counts {@code tree} and all below it. What vanishes meanwhile is not counted.
     *
     * @throws IOException if it cannot be read
     */
    public static FileUsage of(Path tree) throws IOException {
        Set<Identity> seen = new HashSet<>();
        long[] blocks = new long[1];
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                add(file, seen, blocks);
            }
        } catch (UncheckedIOException e) {
            if (!(e.getCause() instanceof NoSuchFileException)) {
                throw e.getCause();
            }
            return of(tree);
        }
        return new FileUsage(blocks[0] * BLOCK, seen.size());
    }

    private static void add(Path file, Set<Identity> seen, long[] blocks) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Native.STATE);
            MemorySegment found = arena.allocate(STATX_BYTES, Long.BYTES);
            MemorySegment name = arena.allocateFrom(ValueLayout.JAVA_BYTE, terminated(file));
            int result = (int) STATX.invokeExact(
                    state, AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BLOCKS, found);
            if (result != 0) {
                if (Native.errno(state) == Errno.ENOENT) {
                    return;
                }
                throw new ErrnoException("statx " + file, Native.errno(state));
            }
            Identity identity = new Identity(
                    found.get(ValueLayout.JAVA_INT, DEVICE_MAJOR),
                    found.get(ValueLayout.JAVA_INT, DEVICE_MINOR),
                    found.get(ValueLayout.JAVA_LONG, INODE));
            if (seen.add(identity)) {
                blocks[0] += found.get(ValueLayout.JAVA_LONG, BLOCKS);
            }
        } catch (ErrnoException failed) {
            throw failed;
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    /** A path's bytes and a zero. Names are bytes of any encoding, which only the URI form of a path has unchanged. */
    private static byte[] terminated(Path file) {
        String text = file.toAbsolutePath().toUri().getRawPath();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length() + 1);
        byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < ascii.length; i++) {
            if (ascii[i] == '%') {
                bytes.write(Integer.parseInt(text, i + 1, i + 3, 16));
                i += 2;
            } else {
                bytes.write(ascii[i]);
            }
        }
        bytes.write(0);
        return bytes.toByteArray();
    }
}
