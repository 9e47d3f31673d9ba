package io.lighterage.blockdev.image;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** System calls that tests need with names of any bytes. Strings have one character a byte. */
@SuppressWarnings("restricted")
final class Linux {
    /** What {@code statx(2)} tells of a file, links not followed. */
    record Stat(
            int mode,
            long links,
            long uid,
            long gid,
            long size,
            long mtimeSeconds,
            int mtimeNanos,
            int major,
            int minor,
            long inode) {}

    private static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int STATX_BASIC_STATS = 0x7FF;
    private static final int STATX_SIZE = 256;
    private static final int MS_RDONLY = 1;
    private static final int MNT_DETACH = 2;
    private static final int DIRENT_NAME = 19;
    private static final int PATH_SIZE = 4096;
    private static final int XATTR_SIZE = 1 << 16;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = ERRNO_LAYOUT.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle MOUNT =
            handle("mount", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));
    private static final MethodHandle UMOUNT = handle("umount2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle STATX =
            handle("statx", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle READLINK =
            handle("readlink", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG));
    private static final MethodHandle LLISTXATTR =
            handle("llistxattr", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG));
    private static final MethodHandle LGETXATTR =
            handle("lgetxattr", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG));
    private static final MethodHandle OPEN = handle("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle READ =
            handle("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle CLOSE = handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle OPENDIR = handle("opendir", FunctionDescriptor.of(ADDRESS, ADDRESS));
    private static final MethodHandle READDIR = handle("readdir", FunctionDescriptor.of(ADDRESS, ADDRESS));
    private static final MethodHandle CLOSEDIR = handle("closedir", FunctionDescriptor.of(JAVA_INT, ADDRESS));

    private Linux() {}

    /** {@code mount(2)} of EROFS, read-only. */
    static void mountErofs(String source, String target, String options) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            call(arena, "mount " + source, MOUNT, string(arena, source), string(arena, target), string(arena, "erofs"),
                    (long) MS_RDONLY, string(arena, options));
        }
    }

    /** {@code umount2(2)}, lazy. */
    static void unmount(String target) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            call(arena, "umount " + target, UMOUNT, string(arena, target), MNT_DETACH);
        }
    }

    static Stat stat(String path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment statx = arena.allocate(STATX_SIZE, Long.BYTES);
            call(arena, "statx " + path, STATX, AT_FDCWD, string(arena, path), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS,
                    statx);
            return new Stat(
                    Short.toUnsignedInt(statx.get(JAVA_SHORT, 28)),
                    Integer.toUnsignedLong(statx.get(JAVA_INT, 16)),
                    Integer.toUnsignedLong(statx.get(JAVA_INT, 20)),
                    Integer.toUnsignedLong(statx.get(JAVA_INT, 24)),
                    statx.get(JAVA_LONG, 40),
                    statx.get(JAVA_LONG, 112),
                    statx.get(JAVA_INT, 120),
                    statx.get(JAVA_INT, 128),
                    statx.get(JAVA_INT, 132),
                    statx.get(JAVA_LONG, 32));
        }
    }

    static String readLink(String path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(PATH_SIZE);
            long length = call(arena, "readlink " + path, READLINK, string(arena, path), target, (long) PATH_SIZE);
            return text(target, length);
        }
    }

    static List<String> listXattrs(String path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment names = arena.allocate(XATTR_SIZE);
            long length = call(arena, "llistxattr " + path, LLISTXATTR, string(arena, path), names, (long) XATTR_SIZE);
            String all = text(names, length);
            return all.isEmpty() ? List.of() : List.of(all.split("\0"));
        }
    }

    static byte[] getXattr(String path, String name) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(XATTR_SIZE);
            long length = call(arena, "lgetxattr " + path + " " + name, LGETXATTR, string(arena, path),
                    string(arena, name), value, (long) XATTR_SIZE);
            return value.asSlice(0, length).toArray(JAVA_BYTE);
        }
    }

    /** Names in a directory in the order in which the kernel gives them. */
    static List<String> list(String path) throws IOException {
        List<String> names = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
            MemorySegment directory = (MemorySegment) OPENDIR.invokeExact(errno, string(arena, path));
            if (directory.address() == 0) {
                throw new IOException("opendir " + path + " failed");
            }
            MemorySegment entry = (MemorySegment) READDIR.invokeExact(errno, directory);
            while (entry.address() != 0) {
                names.add(entry.reinterpret(DIRENT_NAME + 256).getString(DIRENT_NAME, StandardCharsets.ISO_8859_1));
                entry = (MemorySegment) READDIR.invokeExact(errno, directory);
            }
            call(arena, "closedir " + path, CLOSEDIR, directory);
        } catch (IOException | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        return names;
    }

    /** Opens a file for reading; the descriptor is the caller's to close. */
    static int open(String path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return (int) call(arena, "open " + path, OPEN, string(arena, path), 0);
        }
    }

    static void close(int file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            call(arena, "close " + file, CLOSE, file);
        }
    }

    /** All bytes of a file. */
    static byte[] readAll(String path) throws IOException {
        int file = open(path);
        try (Arena arena = Arena.ofConfined()) {
            long size = stat(path).size();
            MemorySegment bytes = arena.allocate(size + 1);
            long read = 0;
            long count = 1;
            while (count > 0) {
                count = call(arena, "read " + path, READ, file, bytes.asSlice(read), size + 1 - read);
                read += count;
            }
            return bytes.asSlice(0, read).toArray(JAVA_BYTE);
        } finally {
            close(file);
        }
    }

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(LINKER.defaultLookup().find(name).orElseThrow(), descriptor,
                Linker.Option.captureCallState("errno"));
    }

    private static MemorySegment string(Arena arena, String text) {
        return arena.allocateFrom(text, StandardCharsets.ISO_8859_1);
    }

    private static String text(MemorySegment bytes, long length) {
        return new String(bytes.asSlice(0, length).toArray(JAVA_BYTE), StandardCharsets.ISO_8859_1);
    }

    private static long call(Arena arena, String what, MethodHandle function, Object... arguments) throws IOException {
        MemorySegment state = arena.allocate(ERRNO_LAYOUT);
        Object[] all = new Object[arguments.length + 1];
        all[0] = state;
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        long result;
        try {
            result = ((Number) function.invokeWithArguments(all)).longValue();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        if (result < 0) {
            throw new IOException(what + ": errno " + (int) ERRNO.get(state, 0L));
        }
        return result;
    }
}
