package io.lighterage.cli.progress;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The terminal at standard output.
 *
 * @param rows its height in lines
 * @param columns its width in characters
 */
record Terminal(int rows, int columns) {
    private static final int STANDARD_OUTPUT = 1;
    /**
     * The request of ioctl(2) for {@code struct winsize}, by ioctl_tty(2) on Linux: four shorts, rows and columns
     * first.
     */
    private static final long TIOCGWINSZ = 0x5413;
    private static final MemoryLayout WINSIZE = MemoryLayout.sequenceLayout(4, ValueLayout.JAVA_SHORT);
    private static final int ROWS = 0;
    private static final int COLUMNS = 1;

    /** The size now; empty if standard output is no terminal or one that cannot move its cursor. */
    static Optional<Terminal> find() {
        String term = System.getenv("TERM");
        if (term == null || term.isEmpty() || term.equals("dumb") || !System.getProperty("os.name").equals("Linux")) {
            return Optional.empty();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(WINSIZE);
            Linker linker = Linker.nativeLinker();
            MethodHandle ioctl = linker.downcallHandle(
                    linker.defaultLookup().findOrThrow("ioctl"),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS),
                    Linker.Option.firstVariadicArg(2));
            int answer = (int) ioctl.invokeExact(STANDARD_OUTPUT, TIOCGWINSZ, size);
            int rows = Short.toUnsignedInt(size.getAtIndex(ValueLayout.JAVA_SHORT, ROWS));
            int columns = Short.toUnsignedInt(size.getAtIndex(ValueLayout.JAVA_SHORT, COLUMNS));
            return answer == 0 && rows > 0 && columns > 0
                    ? Optional.of(new Terminal(rows, columns))
                    : Optional.empty();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("ioctl", e);
        }
    }
}
