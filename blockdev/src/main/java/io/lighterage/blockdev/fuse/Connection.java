package io.lighterage.blockdev.fuse;

import io.lighterage.blockdev.fuse.FuseFormat.Notify;
import io.lighterage.blockdev.fuse.FuseFormat.OutHeader;
import io.lighterage.blockdev.linux.Channel;
import io.lighterage.blockdev.linux.Errno;
import io.lighterage.blockdev.linux.ErrnoException;
import io.lighterage.blockdev.linux.Libc;
import io.lighterage.blockdev.linux.Poller;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to the kernel at its begin: made anew, or taken from an earlier server's holder.
 *
 * @param descriptor of {@code /dev/fuse}
 * @param poller waits for its requests
 * @param state as it stands in the file
 */
record Connection(int descriptor, Poller poller, FuseState state) {
    private static final Logger log = LoggerFactory.getLogger(Connection.class);

    /** Goes on where an earlier server ended, or cleans up after it and begins anew. */
    static Connection open(Path directory, Path mountPoint) throws IOException {
        Optional<FuseState> earlier = FuseState.read(directory);
        if (earlier.isPresent()) {
            Optional<Connection> resumed = resume(earlier.get(), mountPoint);
            if (resumed.isPresent()) {
                return resumed.get();
            }
            earlier.get().holder().end();
            FuseMount.clean(Path.of(earlier.get().mountPoint()));
        }
        FuseMount.clean(mountPoint);
        return begin(directory, mountPoint);
    }

    private static Connection begin(Path directory, Path mountPoint) throws IOException {
        Files.createDirectories(mountPoint);
        int descriptor = FuseMount.open();
        try {
            Holder holder = Holder.start(descriptor);
            try {
                // Before the mount: a process that dies in between leaves a holder that the next one finds.
                new FuseState(mountPoint.toString(), "", holder, List.of()).write(directory);
                String device = FuseMount.mount(descriptor, mountPoint);
                FuseState state = new FuseState(mountPoint.toString(), device, holder, List.of());
                state.write(directory);
                return new Connection(descriptor, new Poller(descriptor), state);
            } catch (IOException | RuntimeException failed) {
                holder.end();
                throw failed;
            }
        } catch (IOException | RuntimeException failed) {
            Libc.close(descriptor);
            throw failed;
        }
    }

    private static Optional<Connection> resume(FuseState state, Path mountPoint) throws IOException {
        Optional<Integer> taken = state.holder().take();
        if (taken.isEmpty()) {
            log.warn(
                    "The holder {} of the file system at {} has died with its server",
                    state.holder().pid(),
                    state.mountPoint());
            return Optional.empty();
        }
        int descriptor = taken.get();
        try {
            Poller poller = new Poller(descriptor);
            Optional<String> mounted = FuseMount.device(Path.of(state.mountPoint()));
            if (poller.broken() || mounted.isEmpty() || !mounted.get().equals(state.device())) {
                log.warn("The file system at {} was unmounted while nobody served it", state.mountPoint());
                poller.close();
                Libc.close(descriptor);
                return Optional.empty();
            }
            if (!state.mountPoint().equals(mountPoint.toString())) {
                poller.close();
                throw new IOException("devices are still served at " + state.mountPoint()
                        + ": unmount that first, to serve them at " + mountPoint);
            }
            resend(descriptor);
            log.info("Serving {} devices at {} again", state.files().size(), mountPoint);
            return Optional.of(new Connection(descriptor, poller, state));
        } catch (IOException | RuntimeException failed) {
            Libc.close(descriptor);
            throw failed;
        }
    }

    /**
     * Has the kernel send again what was read and not answered. Before anything is read, else that would come twice.
     */
    private static void resend(int descriptor) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment message = arena.allocate(OutHeader.SIZE, Long.BYTES);
            message.set(FuseFormat.U32, OutHeader.LENGTH, (int) OutHeader.SIZE);
            message.set(FuseFormat.U32, OutHeader.ERROR, Notify.RESEND);
            long result = new Channel(1).write(descriptor, message, List.of());
            if (result == -Errno.EINVAL) {
                log.error("This kernel cannot send reads again (Linux 6.9 can): those that waited when the last server"
                        + " ended hang until their processes are killed");
            } else if (result < 0) {
                throw new IOException("the kernel does not send waiting reads again: " + Errno.text((int) -result));
            }
        }
    }

    /** Releases what this process has of it. The holder and the mount stay. */
    void close() throws ErrnoException {
        poller.close();
        Libc.close(descriptor);
    }
}
