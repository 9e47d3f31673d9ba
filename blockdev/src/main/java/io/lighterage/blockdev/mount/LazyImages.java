package io.lighterage.blockdev.mount;

import io.lighterage.blockdev.catalog.ConversionProgress;
import io.lighterage.blockdev.catalog.DeviceCatalog;
import io.lighterage.blockdev.catalog.DeviceUnavailableException;
import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.blockdev.catalog.TraceCatalog;
import io.lighterage.blockdev.device.BlockDevice;
import io.lighterage.blockdev.device.DeviceStatistics;
import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.exchange.Exchange;
import io.lighterage.peer.store.BlobStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images that a node opens before they are here.
 *
 * <p><b>A mount.</b> The supernode tells the device of the image, and makes it if need be; the metadata are fetched
 * whole; the device is opened, made a file of the node's FUSE file system, and mounted. All mounts of an image share
 * one device. In the background the rest is pulled. Once all of an image is here, new mounts read the files of the
 * store and need no node. A step that fails leaves nothing behind.
 *
 * <p><b>Rights.</b> The supernode tells a device to whom upstream lets read the image, by the credentials of this node
 * where it asks for some, and gives a grant with it. The grants of open devices are renewed as long as upstream allows
 * it; after that only what is here can be read.
 *
 * <p><b>Restarts.</b> What is mounted stays mounted when the process ends, however it ends. The next one with the same
 * data directory opens the same devices by the maps that this one remembered, and reads that waited complete.
 *
 * <p><b>Absence.</b> While the supernode is away, a reference means what it last meant here.
 *
 * <p>Safe for use by several threads. Calls block; call them on virtual threads.
 */
public final class LazyImages implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LazyImages.class);

    /**
     * What it is made of. None of it is closed here.
     *
     * @param data the node's directory
     * @param store its blobs
     * @param exchange by which blobs come
     * @param catalog tells the devices of images
     * @param traces tells what starts of images read
     * @param devices opens devices
     * @param fuse starts the file system of devices
     * @param mounter mounts files
     */
    public record Parts(
            Path data,
            BlobStore store,
            Exchange exchange,
            DeviceCatalog catalog,
            TraceCatalog traces,
            DeviceOpener devices,
            FuseStarter fuse,
            ImageMounter mounter) {
        /** The same with its directory as the mount table has it, without symbolic links. */
        private Parts real() throws IOException {
            return new Parts(data.toRealPath(), store, exchange, catalog, traces, devices, fuse, mounter);
        }
    }

    /** A device in use. Close it to end the use. */
    public interface Lease extends AutoCloseable {
        /** The image: a reference with the digest of its manifest, or the digest alone. */
        String name();

        /** The device; it is open as long as the lease. */
        BlockDevice device();

        @Override
        void close();
    }

    private final Parts parts;
    private final LazyConfig config;
    private final KnownImages known;
    private final OpenImages open;
    private final LocalMounts local;
    private final Housekeeping housekeeping;

    private LazyImages(Parts parts, LazyConfig config, KnownImages known) {
        this.parts = parts;
        this.config = config;
        this.known = known;
        this.open = new OpenImages(parts, config);
        this.local = new LocalMounts(parts.data().resolve("local"), parts.store(), parts.mounter());
        this.housekeeping = new Housekeeping(parts.catalog(), known, open);
    }

    /**
     * Goes on with what an earlier process mounted.
     *
     * @throws IOException if what that process remembered cannot be read
     */
    public static LazyImages open(Parts parts, LazyConfig config) throws IOException {
        LazyImages images = new LazyImages(parts.real(), config, KnownImages.load(parts.store().table("images")));
        Set<String> known =
                images.known.all().stream().map(image -> image.manifest().hex()).collect(Collectors.toSet());
        images.local.removeBut(known::contains);
        images.housekeeping.start();
        return images;
    }

    /**
     * Mounts an image, read-only.
     *
     * @param directory an existing directory, absolute
     * @param progress is told what is being done, on the calling thread
     * @throws io.lighterage.peer.content.InvalidReferenceException if {@code image} is not a reference
     * @throws ImageUnavailableException if the image cannot be had as a device now
     * @throws MountException if nothing can be mounted there
     */
    public ImageStatus.Mount mount(String image, Path directory, Consumer<MountProgress> progress)
            throws IOException, InterruptedException {
        return mount(ImageReference.parse(image), directory, config, progress);
    }

    /**
     * Mounts an image, read-only, if its device is ready soon.
     *
     * @param patience how long to wait for the device, and for the next piece of its metadata; more than 0
     * @throws ImageUnavailableException if the image cannot be had as a device by then
     * @throws MountException if nothing can be mounted there
     */
    public ImageStatus.Mount mount(ImageReference image, Path directory, Duration patience)
            throws IOException, InterruptedException {
        return mount(image, directory, config.withPatience(patience), step -> {});
    }

    private ImageStatus.Mount mount(
            ImageReference reference, Path directory, LazyConfig waits, Consumer<MountProgress> progress)
            throws IOException, InterruptedException {
        Path target = mountable(directory);
        KnownImages.Known wanted = known(reference, waits, progress);
        if (local.mount(wanted.map(), target)) {
            LOG.info("{} is mounted at {} from local files", wanted.name(), target);
            return new ImageStatus.Mount(target.toString(), false);
        }
        // What its trace names is fetched beside the metadata.
        OpenImage opened = pin(wanted);
        try {
            MetadataFetch.run(parts.exchange(), wanted, waits, progress);
            progress.accept(new MountProgress(MountProgress.Step.MOUNTING, 0, 0));
            open.mount(opened, target);
        } finally {
            open.unpin(opened);
        }
        LOG.info("{} is mounted at {}", wanted.name(), target);
        return new ImageStatus.Mount(target.toString(), true);
    }

    private static Path mountable(Path directory) throws MountException {
        if (!directory.isAbsolute()) {
            throw new MountException("cannot mount at " + directory + ": the path is not absolute");
        }
        try {
            Path target = directory.toRealPath();
            if (!Files.isDirectory(target)) {
                throw new MountException("cannot mount at " + directory + ": it is not a directory");
            }
            return target;
        } catch (IOException e) {
            if (e instanceof MountException known) {
                throw known;
            }
            throw new MountException("cannot mount at " + directory + ": there is no such directory", e);
        }
    }

    private OpenImage pin(KnownImages.Known wanted) throws ImageUnavailableException, InterruptedException {
        try {
            return open.pin(wanted);
        } catch (IOException e) {
            throw new ImageUnavailableException(wanted.name(), e);
        }
    }

    /** The image that is meant; the supernode is asked unless the reference is of a digest and known. */
    private KnownImages.Known known(ImageReference reference, LazyConfig waits, Consumer<MountProgress> progress)
            throws IOException, InterruptedException {
        Optional<KnownImages.Known> before = known.byName(reference.toString());
        if (before.isPresent() && reference.digest().isPresent()) {
            return before.get();
        }
        try {
            DeviceMap map = parts.catalog().await(
                    reference, Platform.host(), waits.conversionDeadline(), step -> progress.accept(converting(step)));
            return known.learn(reference, map, manifest -> open.snapshot().containsKey(manifest));
        } catch (DeviceUnavailableException e) {
            boolean refused = e.status() >= 400 && e.status() < 500;
            if (before.isEmpty() || refused) {
                throw new ImageUnavailableException(reference.toString(), e);
            }
            LOG.warn("{} is taken to be what it was before: {}", reference, e.getMessage());
            return before.get();
        }
    }

    private static MountProgress converting(ConversionProgress progress) {
        return new MountProgress(MountProgress.Step.CONVERTING, progress.bytes(), progress.totalBytes());
    }

    /**
     * Unmounts what is mounted at {@code directory}, and closes the image if that was its last use.
     *
     * @param lazy whether a mount in use is taken out of the tree now and ends with its last use
     * @throws MountException if no image of this node is mounted there, or it is in use
     */
    public void unmount(Path directory, boolean lazy) throws IOException {
        Path target = directory.toAbsolutePath().normalize();
        List<Path> mounted = parts.mounter().mounts(parts.data()).stream().map(ImageMount::target).toList();
        if (!mounted.contains(target) && Files.exists(target)) {
            target = target.toRealPath();
        }
        if (!mounted.contains(target)) {
            throw new MountException("this node has no image mounted at " + directory);
        }
        parts.mounter().unmount(target, lazy);
        LOG.info("{} is unmounted", target);
        open.releaseUnused();
    }

    /**
     * The device of an image, opened if it is not.
     *
     * @param name a reference, or the digest of the manifest of an image that this node knows
     * @throws io.lighterage.peer.content.InvalidReferenceException if it is neither
     * @throws ImageUnavailableException if the image cannot be had as a device now
     */
    public Lease lease(String name) throws IOException, InterruptedException {
        Optional<KnownImages.Known> byDigest =
                name.startsWith("sha256:") ? known.byManifest(Digest.parse(name)) : Optional.empty();
        KnownImages.Known wanted =
                byDigest.isPresent() ? byDigest.get() : known(ImageReference.parse(name), config, step -> {});
        OpenImage image = pin(wanted);
        try {
            MetadataFetch.run(parts.exchange(), wanted, config, step -> {});
        } catch (IOException | InterruptedException | RuntimeException e) {
            open.unpin(image);
            throw e;
        }
        open.record(image);
        AtomicBoolean returned = new AtomicBoolean();
        return new Lease() {
            @Override
            public String name() {
                return wanted.fullName();
            }

            @Override
            public BlockDevice device() {
                return image.device;
            }

            @Override
            public void close() {
                if (returned.compareAndSet(false, true)) {
                    open.unpin(image);
                }
            }
        };
    }

    /**
     * A container starts on an image that is mounted already: what it reads first is recorded, as it is after every
     * mount. Does nothing where nothing is recorded, or the image is not open.
     */
    public void recordAgain(Digest manifest) {
        open.recordAgain(manifest);
    }

    /** The references and manifests by which {@link #lease} finds what this node knows. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        for (KnownImages.Known image : known.all()) {
            names.addAll(image.names());
            names.add(image.manifest().toString());
        }
        return names;
    }

    /** The images that this node knows, the one asked for last at the end. */
    public List<ImageStatus> status() {
        List<ImageMount> mounts;
        try {
            mounts = parts.mounter().mounts(parts.data());
        } catch (MountException e) {
            LOG.warn("cannot tell what is mounted", e);
            mounts = List.of();
        }
        Map<Digest, OpenImage> devices = open.snapshot();
        List<ImageStatus> answer = new ArrayList<>();
        for (KnownImages.Known image : known.all()) {
            answer.add(status(image, Optional.ofNullable(devices.get(image.manifest())), mounts));
        }
        return answer;
    }

    private ImageStatus status(KnownImages.Known image, Optional<OpenImage> opened, List<ImageMount> mounts) {
        DeviceMap map = image.map();
        DeviceStatistics statistics = opened.map(o -> o.device.statistics())
                .orElseGet(() -> new DeviceStatistics(map.length(), LocalFiles.bytes(map, parts.store()), 0, 0, 0));
        List<ImageStatus.Mount> where = mounts.stream()
                .filter(mount -> mount.file().endsWith(image.manifest().hex()))
                .map(mount -> new ImageStatus.Mount(
                        mount.target().toString(), !mount.file().equals(local.file(map))))
                .toList();
        return new ImageStatus(
                image.manifest().toString(),
                image.names(),
                map.length(),
                statistics.local(),
                map.metadata().length(),
                opened.map(o -> o.replay.fetchedBytes()).orElse(0L),
                statistics.demanded(),
                statistics.read(),
                opened.map(o -> o.log.neededBytes()).orElse(0L),
                statistics.readAmplification(),
                statistics.waiting(),
                where);
    }

    /** Stops serving; mounts stay, and reads of what is missing wait for the next process. */
    @Override
    public void close() {
        housekeeping.close();
        open.close();
    }
}
