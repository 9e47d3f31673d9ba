package io.lighterage.blockdev.snapshotter;

import io.lighterage.blockdev.image.Layer;
import io.lighterage.blockdev.linux.MountTable;
import io.lighterage.blockdev.mount.LazyImages;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.content.InvalidDigestException;
import io.lighterage.peer.content.InvalidReferenceException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Layers of images that this node opens lazily. An image is mounted once, before the first of its layers is promised;
 * so what is promised can be read. The mount point is named by the chainID of all its layers.
 *
 * <p>A lock for each chainID guards its mount point and the decision about the image.
 */
final class LazyImageLayers implements ImageLayers {
    private static final Logger LOG = LoggerFactory.getLogger(LazyImageLayers.class);
    private static final String IMAGE = "containerd.io/snapshot/cri.image-ref";
    private static final String MANIFEST = "containerd.io/snapshot/cri.manifest-digest";
    private static final String LAYER = "containerd.io/snapshot/cri.layer-digest";

    /** How long to wait for an image that was promised. */
    private static final Duration PROMISED = Duration.ofSeconds(20);

    private final Path mounts;
    private final LazyImages images;
    private final PulledImages pulled;
    private final BuiltLayers built;
    private final Duration wait;
    private final Decisions decisions;
    private final Map<Digest, ReentrantLock> locks = new ConcurrentHashMap<>();

    /**
     * @param mounts directory of the mount points
     * @param wait how long an unpacker waits for the device of an image
     */
    LazyImageLayers(
            Path mounts,
            LazyImages images,
            PulledImages pulled,
            BuiltLayers built,
            Duration wait,
            Decisions decisions)
            throws IOException {
        this.mounts = Files.createDirectories(mounts).toRealPath();
        this.images = images;
        this.pulled = pulled;
        this.built = built;
        this.wait = wait;
        this.decisions = decisions;
    }

    @Override
    public boolean isRemote(Digest chain, Optional<Digest> parent, Map<String, String> labels)
            throws InterruptedException {
        List<PulledImage> candidates = candidates(chain, labels);
        if (candidates.isEmpty()) {
            decisions.unknown(labels.getOrDefault(IMAGE, "an image with the layers " + chain));
            return false;
        }
        for (PulledImage image : candidates) {
            Optional<String> misfit = misfit(image, chain, parent, labels);
            if (misfit.isPresent()) {
                decisions.misfit(image.reference().toString(), misfit.get());
            } else if (isLazy(image)) {
                return true;
            }
        }
        return false;
    }

    /** The images that the layer may be of: the one that is named, else those that were pulled and have it. */
    private List<PulledImage> candidates(Digest chain, Map<String, String> labels) {
        String image = labels.get(IMAGE);
        String manifest = labels.get(MANIFEST);
        if (image != null && manifest != null) {
            try {
                return pulled.byManifest(Digest.parse(manifest), ImageReference.parse(image).repository()).stream()
                        .toList();
            } catch (InvalidDigestException | InvalidReferenceException e) {
                LOG.warn("labels name no image: {}", e.getMessage());
                return List.of();
            }
        }
        return pulled.having(chain);
    }

    /** Why the layer is not the one of this image that its labels say, if so. */
    private static Optional<String> misfit(
            PulledImage image, Digest chain, Optional<Digest> parent, Map<String, String> labels) {
        int index = image.chains().indexOf(chain);
        if (index < 0) {
            return Optional.of("it has no layers with the chainID " + chain);
        }
        Optional<Digest> below = index == 0 ? Optional.empty() : Optional.of(image.chains().get(index - 1));
        if (!parent.equals(below)) {
            return Optional.of("its layer " + chain + " stands upon " + below.map(Digest::toString).orElse("nothing")
                    + ", not upon " + parent.map(Digest::toString).orElse("nothing"));
        }
        Layer layer = image.layers().get(index);
        String said = labels.getOrDefault(LAYER, layer.digest().toString());
        return said.equals(layer.digest().toString())
                ? Optional.empty()
                : Optional.of("its layer " + chain + " is the blob " + layer.digest() + ", not " + said);
    }

    private boolean isLazy(PulledImage image) throws InterruptedException {
        Digest top = image.top();
        ReentrantLock lock = locks.computeIfAbsent(top, key -> new ReentrantLock());
        lock.lockInterruptibly();
        try {
            if (isMounted(point(top))) {
                pulled.keep(image);
                decisions.lazy(image);
                return true;
            }
            if (decisions.isEager(image)) {
                return false;
            }
            open(image, fresh(top), wait);
            pulled.keep(image);
            decisions.lazy(image);
            return true;
        } catch (IOException e) {
            decisions.eager(image, e);
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void open(PulledImage image, Path at, Duration patience) throws IOException, InterruptedException {
        pulled.lending(image.repository(), () -> images.mount(image.reference(), at, patience));
    }

    @Override
    public Path mounted(Digest chain) throws IOException, InterruptedException {
        ReentrantLock lock = locks.computeIfAbsent(chain, key -> new ReentrantLock());
        lock.lockInterruptibly();
        try {
            Path point = point(chain);
            List<PulledImage> having = pulled.having(chain);
            if (isMounted(point)) {
                // Who asks is about to start upon it.
                having.stream()
                        .filter(image -> image.top().equals(chain))
                        .forEach(image -> images.recordAgain(image.manifest()));
                return point;
            }
            IOException failure = new IOException("no image with the layers " + chain + " is known any more");
            for (PulledImage image : having) {
                try {
                    if (image.top().equals(chain)) {
                        open(image, fresh(chain), PROMISED);
                        return point;
                    }
                } catch (IOException e) {
                    LOG.warn("the device of {} cannot be mounted: {}", image.reference(), e.getMessage());
                    failure = e;
                }
            }
            for (PulledImage image : having) {
                try {
                    built.mount(image, chain, fresh(chain));
                    decisions.built();
                    return point;
                } catch (IOException e) {
                    LOG.warn("layers of {} cannot be put together: {}", image.reference(), e.getMessage());
                    failure.addSuppressed(e);
                }
            }
            throw failure;
        } finally {
            lock.unlock();
        }
    }

    private Path point(Digest chain) {
        return mounts.resolve(chain.hex());
    }

    private Path fresh(Digest chain) throws IOException {
        return Files.createDirectories(point(chain));
    }

    private static boolean isMounted(Path point) throws IOException {
        return MountTable.at(point).isPresent();
    }

    @Override
    public void retain(Supplier<Set<Digest>> needed) throws IOException {
        try (DirectoryStream<Path> points = Files.newDirectoryStream(mounts)) {
            for (Path point : points) {
                release(point, needed);
            }
        }
        Set<Digest> now = needed.get();
        built.removeBut(name -> now.contains(Digest.parse("sha256:" + name)));
        pulled.retain(now);
    }

    private void release(Path point, Supplier<Set<Digest>> needed) throws IOException {
        Digest chain = Digest.parse("sha256:" + point.getFileName());
        ReentrantLock lock = locks.computeIfAbsent(chain, key -> new ReentrantLock());
        if (!lock.tryLock()) {
            return; // it is being mounted
        }
        try {
            // Asked now: an image that was mounted while we looked has its layers recorded, or is promised.
            Set<Digest> now = needed.get();
            if (now.contains(chain) || decisions.isPromised(chain, now)) {
                return;
            }
            if (isMounted(point)) {
                images.unmount(point, true);
            }
            Files.deleteIfExists(point);
        } finally {
            lock.unlock();
        }
    }
}
