package io.lighterage.blockdev.mount;

import io.lighterage.blockdev.device.BlockDevice;
import io.lighterage.blockdev.fuse.FuseServer;
import io.lighterage.blockdev.fuse.FuseSettings;
import io.lighterage.blockdev.prefetch.AccessLog;
import io.lighterage.peer.content.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The devices that are open, one for each image however often it is used. A device is open while it is pinned or
 * mounted; what is mounted is what the kernel says, so that a mount that somebody ended by hand is not kept.
 *
 * <p>One lock guards all. It is held while a device is put into the file system or mounted, both of which need only
 * what is here already, and never while anything is fetched.
 */
final class OpenImages {
    private static final Logger LOG = LoggerFactory.getLogger(OpenImages.class);

    /** How long the end waits for the last traces to be told. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);

    private final LazyImages.Parts parts;
    private final LazyConfig config;
    private final ReentrantLock lock = new ReentrantLock();

    /** Changed under the lock, read without it. */
    private final Map<Digest, OpenImage> images = new ConcurrentHashMap<>();

    private final FuseFiles files;
    private final Starts starts;
    private boolean closed;

    OpenImages(LazyImages.Parts parts, LazyConfig config) {
        this.parts = parts;
        this.config = config;
        this.starts = new Starts(parts.traces(), config.traces());
        this.files = new FuseFiles(FuseSettings.in(parts.data()), parts.fuse());
    }

    /**
     * Opens the image's device, or joins the one that is open, and keeps it open until {@link #unpin}.
     *
     * @throws IOException if it cannot be opened
     */
    OpenImage pin(KnownImages.Known known) throws IOException, InterruptedException {
        Optional<OpenImage> open = pinOpen(known.manifest());
        if (open.isPresent()) {
            return open.get();
        }
        AccessLog log = new AccessLog(known.map());
        BlockDevice device = parts.devices().open(known.map(), known.source(), log);
        OpenImage mine;
        lock.lock();
        try {
            open = pinOpen(known.manifest());
            if (open.isEmpty() && !closed) {
                mine = new OpenImage(known, device, log, parts.exchange(), config, this::isQuiet, starts,
                        () -> LOG.info("{} is local now", known.name()));
                mine.pins = 1;
                images.put(known.manifest(), mine);
                mine.start();
                return mine;
            }
        } finally {
            lock.unlock();
        }
        device.close();
        return open.orElseThrow(() -> new IOException("the node is closing"));
    }

    private OpenImage pin(KnownImages known, Digest manifest) throws IOException, InterruptedException {
        return pin(known.byManifest(manifest)
                .orElseThrow(() -> new IOException("the map of image " + manifest + " is not known")));
    }

    private Optional<OpenImage> pinOpen(Digest manifest) {
        lock.lock();
        try {
            OpenImage image = images.get(manifest);
            if (image != null) {
                image.pins++;
            }
            return Optional.ofNullable(image);
        } finally {
            lock.unlock();
        }
    }

    /** Ends a use; the device is closed if it was the last one. */
    void unpin(OpenImage image) {
        lock.lock();
        try {
            image.pins--;
        } finally {
            lock.unlock();
        }
        releaseUnused();
    }

    /** Mounts the device of a pinned image over {@code target}. */
    void mount(OpenImage image, Path target) throws IOException, InterruptedException {
        lock.lock();
        try {
            FuseServer server = files.started();
            if (!image.served) {
                server.add(image.fileName(), image.device, image.known.manifest().toString());
                image.served = true;
            }
            parts.mounter().mount(server.path(image.fileName()), target);
            // A fresh mount has nothing of the image in the kernel's memory yet.
            starts.record(image, true);
        } finally {
            lock.unlock();
        }
    }

    /** Closes the devices that nobody uses any more. */
    void releaseUnused() {
        lock.lock();
        try {
            List<OpenImage> idle = images.values().stream().filter(image -> image.pins == 0).toList();
            if (idle.isEmpty() || closed) {
                return;
            }
            Set<String> mounted = lazyMounts().stream()
                    .map(mount -> mount.file().getFileName().toString())
                    .collect(Collectors.toSet());
            boolean maybeHidden = HiddenMounts.exist();
            for (OpenImage image : idle) {
                // A file that somebody may still read is kept; we look again later.
                if (!mounted.contains(image.fileName()) && !(image.served && maybeHidden)) {
                    release(image);
                }
            }
        } catch (IOException e) {
            LOG.warn("cannot tell which images are mounted; all stay open", e);
        } finally {
            lock.unlock();
        }
    }

    private void release(OpenImage image) throws IOException {
        if (image.served) {
            files.running().orElseThrow().remove(image.fileName());
        }
        images.remove(image.known.manifest());
        starts.end(image);
        image.close();
        LOG.info("{} is closed: nobody uses it", image.known.name());
    }

    /** The mounts of this node's devices. */
    List<ImageMount> lazyMounts() throws IOException {
        return parts.mounter().mounts(files.settings().mountPoint());
    }

    /** The devices that are open, by manifest. */
    Map<Digest, OpenImage> snapshot() {
        return Map.copyOf(images);
    }

    private boolean isQuiet() {
        long nowNs = System.nanoTime();
        return images.values().stream().noneMatch(image -> image.isStarting(nowNs));
    }

    /** Tells what starts read that are over. */
    void tellTraces() {
        starts.tell(images.values());
    }

    /** Records what somebody reads who has seen nothing of the image. */
    void record(OpenImage image) {
        starts.record(image, true);
    }

    /** Records what is read from now on of the image, if it is open. */
    void recordAgain(Digest manifest) {
        Optional.ofNullable(images.get(manifest)).ifPresent(image -> starts.record(image, false));
    }

    /**
     * Goes on where an earlier process left: starts the file system if there is one, and mounts again what was mounted
     * from one whose holder died too.
     */
    void resume(KnownImages known) throws IOException, InterruptedException {
        if (!Files.exists(files.settings().state().resolve("fuse.json"))) {
            return;
        }
        List<ImageMount> lost = new ArrayList<>(lazyMounts());
        lock.lock();
        try {
            files.started();
        } finally {
            lock.unlock();
        }
        List<Path> kept = lazyMounts().stream().map(ImageMount::target).toList();
        lost.removeIf(mount -> kept.contains(mount.target()));
        reopen(known);
        for (ImageMount mount : lost) {
            mountAgain(known, mount);
        }
    }

    private void mountAgain(KnownImages known, ImageMount mount) throws InterruptedException {
        try {
            Digest manifest = Digest.parse("sha256:" + mount.file().getFileName());
            OpenImage image = pin(known, manifest);
            try {
                mount(image, mount.target());
                LOG.warn("{} is mounted anew at {}: node and holder had both ended, and what was open there is lost",
                        image.known.name(), mount.target());
            } finally {
                unpin(image);
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.error("what was mounted at {} cannot be mounted again", mount.target(), e);
        }
    }

    /** Opens the devices of files that an earlier process served and that have none yet. */
    void reopen(KnownImages known) throws InterruptedException {
        Optional<FuseServer> server = files.running();
        for (Map.Entry<String, String> file : server.map(FuseServer::awaited).orElse(Map.of()).entrySet()) {
            try {
                Digest manifest = Digest.parse(file.getValue());
                OpenImage image = pin(known, manifest);
                try {
                    serve(image, server.get(), file);
                } finally {
                    unpin(image);
                }
            } catch (IOException | IllegalArgumentException e) {
                LOG.error("reads of the device {} wait: it cannot be opened again yet", file.getKey(), e);
            }
        }
    }

    private void serve(OpenImage image, FuseServer server, Map.Entry<String, String> file) throws IOException {
        lock.lock();
        try {
            if (!image.served) {
                server.add(file.getKey(), image.device, file.getValue());
                image.served = true;
                LOG.info("{} is served again", image.known.name());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Stops serving. Mounts stay, for the next process to go on with. */
    void close() {
        lock.lock();
        try {
            images.values().forEach(image -> image.pins = 0);
            releaseUnused();
            closed = true;
            files.close();
            List<OpenImage> all = List.copyOf(images.values());
            images.clear();
            List<Thread> told = all.stream().flatMap(image -> starts.end(image).stream()).toList();
            all.forEach(OpenImage::close);
            told.forEach(thread -> Starts.await(thread, LAST_WORDS));
        } finally {
            lock.unlock();
        }
    }
}
