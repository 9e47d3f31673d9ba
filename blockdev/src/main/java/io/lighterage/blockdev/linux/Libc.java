package io.lighterage.blockdev.linux;

import static io.lighterage.blockdev.linux.Native.INT;
import static io.lighterage.blockdev.linux.Native.LONG;
import static io.lighterage.blockdev.linux.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** Files, mounts and processes by system call. A descriptor is closed by whoever got it, with {@link #close}. */
public final class Libc {
    public static final int O_RDONLY = 0;
    public static final int O_RDWR = 2;
    public static final int O_NONBLOCK = 0x800;
    public static final int O_CLOEXEC = 0x80000;
    public static final long MS_RDONLY = 1;
    public static final long MS_NOSUID = 2;
    public static final long MS_NODEV = 4;
    public static final int MNT_DETACH = 2;
    public static final int SIGKILL = 9;

    /** O_DIRECT has another value on ARM: arch/arm64/include/uapi/asm/fcntl.h. */
    public static final int O_DIRECT = System.getProperty("os.arch").equals("aarch64") ? 0x10000 : 0x4000;

    /** Numbers of system calls, the same on every architecture: include/uapi/asm-generic/unistd.h. */
    private static final long SYS_PIDFD_OPEN = 434;
    private static final long SYS_PIDFD_GETFD = 438;
    private static final long SYS_PIDFD_SEND_SIGNAL = 424;

    private static final MethodHandle OPEN = Native.variadic("open", 2, INT, POINTER, INT, INT);
    private static final MethodHandle CLOSE = Native.function("close", INT, INT);
    private static final MethodHandle MOUNT = Native.function("mount", INT, POINTER, POINTER, POINTER, LONG, POINTER);
    private static final MethodHandle UMOUNT2 = Native.function("umount2", INT, POINTER, INT);
    private static final MethodHandle WAITPID = Native.function("waitpid", INT, INT, POINTER, INT);
    private static final MethodHandle IOCTL = Native.variadic("ioctl", 2, INT, INT, LONG, LONG);
    private static final MethodHandle SYSCALL = Native.variadic("syscall", 1, LONG, LONG, LONG, LONG, LONG, LONG);

    private Libc() {}

    @FunctionalInterface
    private interface Call {
        long by(MemorySegment state) throws Throwable;
    }

    private static long checked(String what, Call call) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Native.STATE);
            long result = call.by(state);
            if (result == -1) {
                throw new ErrnoException(what, Native.errno(state));
            }
            return result;
        } catch (ErrnoException failed) {
            throw failed;
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    /** open(2) of an existing file; O_CLOEXEC is always set. */
    public static int open(Path file, int flags) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(file.toString());
            return (int) checked("open " + file, state -> (int) OPEN.invokeExact(state, name, flags | O_CLOEXEC, 0));
        }
    }

    /** close(2). */
    public static void close(int descriptor) throws ErrnoException {
        checked("close", state -> (int) CLOSE.invokeExact(state, descriptor));
    }

    /** mount(2). */
    public static void mount(String source, Path target, String type, long flags, String options)
            throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment from = arena.allocateFrom(source);
            MemorySegment to = arena.allocateFrom(target.toString());
            MemorySegment kind = arena.allocateFrom(type);
            MemorySegment data = arena.allocateFrom(options);
            checked("mount " + source + " at " + target + " as " + type,
                    state -> (int) MOUNT.invokeExact(state, from, to, kind, flags, data));
        }
    }

    /** umount2(2). */
    public static void unmount(Path target, int flags) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(target.toString());
            checked("umount " + target, state -> (int) UMOUNT2.invokeExact(state, name, flags));
        }
    }

    /** ioctl(2) with a number or an address as its argument. */
    public static int ioctl(String what, int descriptor, long request, long argument) throws ErrnoException {
        return (int) checked(what, state -> (int) IOCTL.invokeExact(state, descriptor, request, argument));
    }

    /** pidfd_open(2): a descriptor of a process, which names it even when its number is used again. */
    public static int pidfdOpen(long pid) throws ErrnoException {
        return (int) checked(
                "pidfd_open " + pid, state -> (long) SYSCALL.invokeExact(state, SYS_PIDFD_OPEN, pid, 0L, 0L, 0L));
    }

    /** pidfd_getfd(2): a copy of another process's descriptor. */
    public static int pidfdGetfd(int pidfd, int descriptor) throws ErrnoException {
        return (int) checked("pidfd_getfd " + descriptor,
                state -> (long) SYSCALL.invokeExact(state, SYS_PIDFD_GETFD, (long) pidfd, (long) descriptor, 0L, 0L));
    }

    /** pidfd_send_signal(2). */
    public static void kill(int pidfd, int signal) throws ErrnoException {
        checked("pidfd_send_signal",
                state -> (long) SYSCALL.invokeExact(state, SYS_PIDFD_SEND_SIGNAL, (long) pidfd, (long) signal, 0L, 0L));
    }

    /**
     * waitpid(2) until the child has ended, so that it leaves no zombie.
     *
     * @return false if {@code pid} is no child of this process
     */
    public static boolean reap(long pid) throws ErrnoException {
        while (true) {
            try {
                checked("waitpid " + pid, state -> (int) WAITPID.invokeExact(state, (int) pid, MemorySegment.NULL, 0));
                return true;
            } catch (ErrnoException failed) {
                if (failed.errno() == Errno.ECHILD) {
                    return false;
                }
                if (failed.errno() != Errno.EINTR) {
                    throw failed;
                }
            }
        }
    }
}
