package io.lighterage.blockdev.linux;

import static io.lighterage.blockdev.linux.Native.INT;
import static io.lighterage.blockdev.linux.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;

/**
 * Starts a program that keeps one descriptor and nothing else of this process: no other descriptor (a listening port
 * would stay taken), no environment, no directory, no session. What {@link ProcessBuilder} cannot do. Needs glibc 2.34.
 */
public final class Spawn {
    /** Under which number the program has the descriptor. */
    public static final int KEPT = 3;

    /** More than sizeof posix_spawn_file_actions_t (80) and posix_spawnattr_t (336) in glibc's spawn.h. */
    private static final long STRUCTURE = 1024;
    private static final short POSIX_SPAWN_SETSID = 0x80;

    private static final MethodHandle SPAWN =
            Native.function("posix_spawn", INT, POINTER, POINTER, POINTER, POINTER, POINTER, POINTER);
    private static final MethodHandle ACTIONS_INIT = Native.function("posix_spawn_file_actions_init", INT, POINTER);
    private static final MethodHandle ACTIONS_DESTROY =
            Native.function("posix_spawn_file_actions_destroy", INT, POINTER);
    private static final MethodHandle ADD_OPEN =
            Native.function("posix_spawn_file_actions_addopen", INT, POINTER, INT, POINTER, INT, INT);
    private static final MethodHandle ADD_DUP2 =
            Native.function("posix_spawn_file_actions_adddup2", INT, POINTER, INT, INT);
    private static final MethodHandle ADD_CLOSE_FROM =
            Native.function("posix_spawn_file_actions_addclosefrom_np", INT, POINTER, INT);
    private static final MethodHandle ADD_CHDIR =
            Native.function("posix_spawn_file_actions_addchdir_np", INT, POINTER, POINTER);
    private static final MethodHandle ATTRIBUTES_INIT = Native.function("posix_spawnattr_init", INT, POINTER);
    private static final MethodHandle ATTRIBUTES_DESTROY = Native.function("posix_spawnattr_destroy", INT, POINTER);
    private static final MethodHandle SET_FLAGS =
            Native.function("posix_spawnattr_setflags", INT, POINTER, ValueLayout.JAVA_SHORT);

    private Spawn() {}

    /**
     * Starts {@code program} in a session of its own, with {@code descriptor} as its descriptor {@link #KEPT}.
     *
     * @param arguments the first is the program's name
     * @return its process id; the caller reaps it
     */
    public static long withDescriptor(Path program, List<String> arguments, int descriptor) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Native.STATE);
            MemorySegment actions = arena.allocate(STRUCTURE, 16);
            MemorySegment attributes = arena.allocate(STRUCTURE, 16);
            check("posix_spawn_file_actions_init", (int) ACTIONS_INIT.invokeExact(state, actions));
            try {
                check("posix_spawnattr_init", (int) ATTRIBUTES_INIT.invokeExact(state, attributes));
                try {
                    describe(arena, state, actions, attributes, descriptor);
                    return start(arena, state, program, arguments, actions, attributes);
                } finally {
                    int ignored = (int) ATTRIBUTES_DESTROY.invokeExact(state, attributes);
                }
            } finally {
                int ignored = (int) ACTIONS_DESTROY.invokeExact(state, actions);
            }
        } catch (ErrnoException failed) {
            throw failed;
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    private static void describe(
            Arena arena, MemorySegment state, MemorySegment actions, MemorySegment attributes, int descriptor)
            throws Throwable {
        // The descriptor first: the next actions may take its number. dup2 clears its close-on-exec flag.
        check("adddup2", (int) ADD_DUP2.invokeExact(state, actions, descriptor, KEPT));
        MemorySegment nothing = arena.allocateFrom("/dev/null");
        for (int standard = 0; standard < KEPT; standard++) {
            check("addopen", (int) ADD_OPEN.invokeExact(state, actions, standard, nothing, Libc.O_RDWR, 0));
        }
        check("addclosefrom_np", (int) ADD_CLOSE_FROM.invokeExact(state, actions, KEPT + 1));
        check("addchdir_np", (int) ADD_CHDIR.invokeExact(state, actions, arena.allocateFrom("/")));
        check("setflags", (int) SET_FLAGS.invokeExact(state, attributes, POSIX_SPAWN_SETSID));
    }

    private static long start(
            Arena arena,
            MemorySegment state,
            Path program,
            List<String> arguments,
            MemorySegment actions,
            MemorySegment attributes)
            throws Throwable {
        MemorySegment argv = arena.allocate(ValueLayout.ADDRESS, arguments.size() + 1L);
        for (int i = 0; i < arguments.size(); i++) {
            argv.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(arguments.get(i)));
        }
        MemorySegment environment = arena.allocate(ValueLayout.ADDRESS, 1);
        MemorySegment pid = arena.allocate(ValueLayout.JAVA_INT);
        MemorySegment path = arena.allocateFrom(program.toString());
        check("posix_spawn " + program, (int)
                SPAWN.invokeExact(state, pid, path, actions, attributes, argv, environment));
        return pid.get(ValueLayout.JAVA_INT, 0);
    }

    /** These functions return the error instead of setting errno. */
    private static void check(String call, int error) throws ErrnoException {
        if (error != 0) {
            throw new ErrnoException(call, error);
        }
    }
}
