package io.lighterage.blockdev.fuse;

import io.lighterage.blockdev.device.BlockDevice;
import io.lighterage.blockdev.linux.Errno;
import io.lighterage.blockdev.linux.ErrnoException;
import io.lighterage.blockdev.linux.Libc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server over the kernel's FUSE. */
final class KernelFuseServer implements FuseServer {
    private static final Logger log = LoggerFactory.getLogger(KernelFuseServer.class);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}");
    private static final Duration END = Duration.ofSeconds(10);
    private static final Duration HOLDER_RETRY = Duration.ofSeconds(5);

    /** SERVING, then one of the others for good. */
    private enum Phase { SERVING, CLOSED, UNMOUNTED }

    private final FuseSettings settings;
    private final Path mountPoint;
    private final Connection connection;
    private final FuseFiles files = new FuseFiles();
    private final SlowReads slow;
    private final Readers readers;
    /** Guards phase, holder, the state file, and changes of the files. */
    private final ReentrantLock lock = new ReentrantLock();
    private Phase phase = Phase.SERVING;
    private Holder holder;

    private KernelFuseServer(FuseSettings settings, Path mountPoint, Connection connection) {
        this.settings = settings;
        this.mountPoint = mountPoint;
        this.connection = connection;
        this.holder = connection.state().holder();
        int descriptor = connection.descriptor();
        BufferPool buffers = new BufferPool(descriptor, settings.bytesInFlight());
        this.slow = new SlowReads(buffers, settings.deviceWait(), () -> new KernelReplies(descriptor, 0));
        this.readers = new Readers(descriptor, connection.poller(), this::unmountedByOthers);
    }

    static FuseServer start(FuseSettings settings) throws IOException {
        Files.createDirectories(settings.state());
        Path parent = settings.mountPoint().getParent();
        if (parent == null) {
            throw new IllegalArgumentException("devices cannot be served at the root directory");
        }
        Files.createDirectories(parent);
        // The mount table knows no symbolic links.
        Path mountPoint = parent.toRealPath().resolve(settings.mountPoint().getFileName());
        KernelFuseServer server =
                new KernelFuseServer(settings, mountPoint, Connection.open(settings.state(), mountPoint));
        server.begin();
        return server;
    }

    private void begin() {
        connection
                .state()
                .files()
                .forEach(served -> files.put(new FuseFile(served.name(), served.length(), served.note())));
        readers.start(settings.readers(), replies -> new Dispatcher(files, slow, replies));
        watch(holder);
    }

    @Override
    public Path add(String name, BlockDevice device, String note) throws IOException {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("a device cannot be served under the name '" + name + "'");
        }
        lock.lock();
        try {
            requireServing();
            FuseFile known = files.byName(name);
            if (known == null) {
                FuseFile file = new FuseFile(name, device.length(), note);
                file.device().complete(device);
                write(Stream.concat(files.all().stream(), Stream.of(file)));
                files.put(file);
            } else if (known.length() != device.length()) {
                throw new IllegalArgumentException(
                        "the device " + name + " had " + known.length() + " bytes and now has " + device.length());
            } else if (!known.device().complete(device)) {
                throw new IllegalArgumentException("the device " + name + " is served already");
            }
            return path(name);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void remove(String name) throws IOException {
        lock.lock();
        try {
            FuseFile file = files.byName(name);
            if (file == null) {
                return;
            }
            file.uses().end();
            slow.interrupt(file);
            if (!file.uses().awaitUnused(END)) {
                throw new IOException("reads of the device " + name + " do not end");
            }
            files.remove(file);
            if (phase == Phase.SERVING) {
                write(files.all().stream());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while reads of the device " + name + " end", interrupted);
        } finally {
            lock.unlock();
        }
    }

    private void requireServing() throws IOException {
        if (phase != Phase.SERVING) {
            throw new IOException("the file system at " + mountPoint + " is no longer served");
        }
    }

    private void write(Stream<FuseFile> served) throws IOException {
        List<FuseState.Served> list =
                served.map(file -> new FuseState.Served(file.name(), file.length(), file.note())).toList();
        new FuseState(mountPoint.toString(), connection.state().device(), holder, list).write(settings.state());
    }

    @Override
    public Set<String> names() {
        return files.all().stream().filter(file -> file.device().isDone()).map(FuseFile::name)
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public Map<String, String> awaited() {
        return files.all().stream().filter(file -> !file.device().isDone())
                .collect(Collectors.toUnmodifiableMap(FuseFile::name, FuseFile::note));
    }

    @Override
    public Path path(String name) {
        return mountPoint.resolve(name);
    }

    @Override
    public int waiting() {
        return slow.waiting();
    }

    /** Replaces the holder when it dies. */
    private void watch(Holder watched) {
        ProcessHandle.of(watched.pid()).ifPresentOrElse(
                process -> process.onExit().thenRun(() -> replaceHolder(watched)), () -> replaceHolder(watched));
    }

    private void replaceHolder(Holder dead) {
        Thread.ofVirtual().name("fuse-holder").start(() -> {
            try {
                while (!replacedHolder(dead)) {
                    Thread.sleep(HOLDER_RETRY);
                }
            } catch (InterruptedException interrupted) {
                log.error("The holder of {} was not replaced", mountPoint, interrupted);
            }
        });
    }

    private boolean replacedHolder(Holder dead) {
        lock.lock();
        try {
            if (phase != Phase.SERVING || holder != dead) {
                return true;
            }
            Libc.reap(dead.pid());
            holder = Holder.start(connection.descriptor());
            write(files.all().stream());
            log.warn("The holder {} of {} died; {} holds it now", dead.pid(), mountPoint, holder.pid());
            watch(holder);
            return true;
        } catch (IOException failed) {
            log.error("The holder {} of {} died and cannot be replaced yet", dead.pid(), mountPoint, failed);
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** On a reader's thread, which must end: so the rest is done by another. */
    private void unmountedByOthers() {
        Thread.ofVirtual().name("fuse-unmounted").start(() -> {
            lock.lock();
            try {
                if (phase == Phase.SERVING) {
                    log.error(
                            "The file system at {} was unmounted by somebody; its devices are no longer served",
                            mountPoint);
                    phase = Phase.UNMOUNTED;
                    endServing();
                    endHolder();
                }
            } catch (IOException failed) {
                log.error("The end of the file system at {} left something behind", mountPoint, failed);
            } finally {
                lock.unlock();
            }
        });
    }

    @Override
    public void unmount() throws IOException {
        lock.lock();
        try {
            requireServing();
            phase = Phase.UNMOUNTED;
            try {
                Libc.unmount(mountPoint, 0);
            } catch (ErrnoException failed) {
                phase = Phase.SERVING;
                throw failed.errno() != Errno.EBUSY ? failed : new IOException("the devices at " + mountPoint
                        + " are still in use: unmount the images that are mounted from them first", failed);
            }
            endServing();
            endHolder();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (phase == Phase.SERVING) {
                phase = Phase.CLOSED;
                endServing();
            }
        } catch (IOException failed) {
            log.error("The connection of {} was not closed", mountPoint, failed);
        } finally {
            lock.unlock();
        }
    }

    private void endServing() throws IOException {
        try {
            boolean ended = readers.stop(END) & slow.stop(END);
            if (ended) {
                connection.close();
            } else {
                // Closing it would let a late answer go to whatever gets its number next.
                log.error("Reads at {} do not end; the descriptor stays open until the process ends", mountPoint);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while reads at " + mountPoint + " end", interrupted);
        }
    }

    private void endHolder() throws IOException {
        holder.end();
        FuseState.delete(settings.state());
    }
}
