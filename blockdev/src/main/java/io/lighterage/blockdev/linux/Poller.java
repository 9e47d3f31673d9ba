package io.lighterage.blockdev.linux;

import static io.lighterage.blockdev.linux.Native.INT;
import static io.lighterage.blockdev.linux.Native.POINTER;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Lets several threads wait for one descriptor to become readable, each arrival waking one of them, until
 * {@link #stop}. The descriptor is non-blocking, and a thread that was woken reads until EAGAIN (epoll,
 * edge-triggered).
 */
public final class Poller implements AutoCloseable {
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLLIN = 1;
    private static final int EPOLLERR = 8;
    private static final int EPOLLET = 1 << 31;
    private static final int CLOEXEC = 0x80000;

    /** struct epoll_event is packed on x86-64 only: include/uapi/linux/eventpoll.h. */
    private static final boolean PACKED = System.getProperty("os.arch").equals("amd64");
    private static final long EVENT = PACKED ? 12 : 16;

    private static final MethodHandle CREATE = Native.function("epoll_create1", INT, INT);
    private static final MethodHandle CONTROL = Native.function("epoll_ctl", INT, INT, INT, INT, POINTER);
    private static final MethodHandle WAIT = Native.function("epoll_wait", INT, INT, POINTER, INT, INT);
    private static final MethodHandle EVENT_FD = Native.function("eventfd", INT, INT, INT);
    private static final MethodHandle EVENT_FD_WRITE = Native.function("eventfd_write", INT, INT, Native.LONG);

    private final int epoll;
    private final int stop;
    private volatile boolean stopped;

    public Poller(int descriptor) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Native.STATE);
            epoll = check("epoll_create1", state, (int) CREATE.invokeExact(state, CLOEXEC));
            stop = check("eventfd", state, (int) EVENT_FD.invokeExact(state, 0, CLOEXEC));
            add(arena, state, descriptor, EPOLLIN | EPOLLET);
            // Level-triggered and never read: it wakes every thread.
            add(arena, state, stop, EPOLLIN);
        } catch (ErrnoException failed) {
            throw failed;
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    private void add(Arena arena, MemorySegment state, int descriptor, int events) throws Throwable {
        MemorySegment event = arena.allocate(EVENT, Long.BYTES);
        event.set(ValueLayout.JAVA_INT, 0, events);
        check("epoll_ctl", state, (int) CONTROL.invokeExact(state, epoll, EPOLL_CTL_ADD, descriptor, event));
    }

    private static int check(String call, MemorySegment state, int result) throws ErrnoException {
        if (result < 0) {
            throw new ErrnoException(call, Native.errno(state));
        }
        return result;
    }

    /** Waits until there may be something to read; false once stopped. */
    public boolean await() {
        wait(-1);
        return !stopped;
    }

    /** Whether the descriptor is in error now, without waiting. For a poller that nobody waits on yet. */
    public boolean broken() {
        return (wait(0) & EPOLLERR) != 0;
    }

    private int wait(int timeoutMillis) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Native.STATE);
            MemorySegment event = arena.allocate(EVENT, Long.BYTES);
            int count = (int) WAIT.invokeExact(state, epoll, event, 1, timeoutMillis);
            if (count < 0 && Native.errno(state) != Errno.EINTR) {
                throw new IllegalStateException("epoll_wait: " + Errno.text(Native.errno(state)));
            }
            return count > 0 ? event.get(ValueLayout.JAVA_INT, 0) : 0;
        } catch (RuntimeException failed) {
            throw failed;
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    /** Ends every wait, now and later. */
    public void stop() {
        stopped = true;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Native.STATE);
            check("eventfd_write", state, (int) EVENT_FD_WRITE.invokeExact(state, stop, 1L));
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    /** Call it when no thread waits any more. */
    @Override
    public void close() throws ErrnoException {
        Libc.close(epoll);
        Libc.close(stop);
    }
}
