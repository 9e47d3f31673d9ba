package io.lighterage.blockdev.fuse;

import io.lighterage.blockdev.linux.Errno;
import io.lighterage.blockdev.linux.ErrnoException;
import io.lighterage.blockdev.linux.Libc;
import io.lighterage.blockdev.linux.Spawn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A process that sleeps and keeps the descriptor of a file system: {@code sleep infinity} under another name.
 *
 * @param pid its process id
 * @param startTicks when it started, as /proc/PID/stat says: tells it from a later process of the same id
 */
record Holder(long pid, long startTicks) {
    private static final String NAME = "lighterage-fuse-holder";
    private static final List<Path> SLEEP = List.of(Path.of("/usr/bin/sleep"), Path.of("/bin/sleep"));
    /** Fields of /proc/PID/stat after the name in parentheses; see proc_pid_stat(5). */
    private static final int STATE = 0;
    private static final int START_TICKS = 19;

    /** Starts a holder of {@code descriptor}. */
    static Holder start(int descriptor) throws IOException {
        Path sleep = SLEEP.stream()
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() ->
                        new IOException("there is no program sleep to hold the file system, neither of " + SLEEP));
        long pid = Spawn.withDescriptor(sleep, List.of(NAME, "infinity"), descriptor);
        long startTicks = startTicks(pid).orElseThrow(() -> new IOException("the holder " + pid + " ended at once"));
        return new Holder(pid, startTicks);
    }

    /** A copy of the descriptor that it keeps, which the caller closes; nothing if it lives no more. */
    Optional<Integer> take() throws IOException {
        try (Process process = open()) {
            return process == null ? Optional.empty() : Optional.of(Libc.pidfdGetfd(process.pidfd(), Spawn.KEPT));
        } catch (ErrnoException failed) {
            if (failed.errno() == Errno.ESRCH) {
                return Optional.empty();
            }
            throw new IOException("the holder " + pid + " lives but its descriptor cannot be had", failed);
        }
    }

    /** Kills it if it lives. */
    void end() throws IOException {
        try (Process process = open()) {
            if (process != null) {
                Libc.kill(process.pidfd(), Libc.SIGKILL);
                Libc.reap(pid);
            }
        }
    }

    private record Process(int pidfd) implements AutoCloseable {
        @Override
        public void close() throws ErrnoException {
            Libc.close(pidfd);
        }
    }

    /** The process, if it is still the one that was started. */
    private Process open() throws IOException {
        int pidfd;
        try {
            pidfd = Libc.pidfdOpen(pid);
        } catch (ErrnoException failed) {
            if (failed.errno() == Errno.ESRCH || failed.errno() == Errno.EINVAL) {
                return null;
            }
            throw failed;
        }
        // Looked at with the process pinned by its descriptor, so it cannot be exchanged in between.
        OptionalLong started = startTicks(pid);
        if (started.isPresent() && started.getAsLong() == startTicks) {
            return new Process(pidfd);
        }
        Libc.close(pidfd);
        return null;
    }

    private static OptionalLong startTicks(long pid) throws IOException {
        String stat;
        try {
            stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
        } catch (NoSuchFileException ended) {
            return OptionalLong.empty();
        }
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return fields[STATE].equals("Z") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(fields[START_TICKS]));
    }
}
