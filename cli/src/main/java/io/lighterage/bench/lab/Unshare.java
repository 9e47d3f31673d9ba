package io.lighterage.bench.lab;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/** unshare(2), which gives the calling thread, and whatever it starts from then on, a network of its own. */
final class Unshare {
    private static final int CLONE_NEWNET = 0x40000000;
    private static final StructLayout STATE = Linker.Option.captureStateLayout();

    private Unshare() {}

    /** Leaves this thread's network namespace for a new one. */
    @SuppressWarnings("restricted")
    static void network() throws LabException {
        Linker linker = Linker.nativeLinker();
        MethodHandle unshare = linker.downcallHandle(
                linker.defaultLookup().find("unshare")
                        .orElseThrow(() -> new LabException("network namespaces need Linux")),
                FunctionDescriptor.of(JAVA_INT, JAVA_INT),
                Linker.Option.captureCallState("errno"));
        int errno;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            if ((int) unshare.invokeExact(state, CLONE_NEWNET) == 0) {
                return;
            }
            errno = (int) STATE.varHandle(MemoryLayout.PathElement.groupElement("errno")).get(state, 0L);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("unshare was described wrongly", e);
        }
        throw new LabException("cannot make a network namespace (errno " + errno + "): root is needed");
    }
}
