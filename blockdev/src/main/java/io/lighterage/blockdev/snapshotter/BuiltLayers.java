package io.lighterage.blockdev.snapshotter;

import io.lighterage.blockdev.image.ImageBuilder;
import io.lighterage.blockdev.image.Layer;
import io.lighterage.blockdev.image.LayerLimits;
import io.lighterage.blockdev.mount.ImageMounter;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.exchange.BlobInput;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.Exchange;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Layers put together here, where no device has just them: when an image that is not lazy is built upon some of the
 * layers of one that is, and when a device is lost. It costs what an ordinary pull of these layers costs, and needs no
 * supernode.
 */
final class BuiltLayers {
    private static final Logger LOG = LoggerFactory.getLogger(BuiltLayers.class);
    private static final Duration NEXT_BYTE = Duration.ofSeconds(60);

    private final Path directory;
    private final Exchange exchange;
    private final ImageMounter mounter;
    private final PulledImages pulled;

    BuiltLayers(Path directory, Exchange exchange, ImageMounter mounter, PulledImages pulled) throws IOException {
        this.directory = Files.createDirectories(directory).toRealPath();
        this.exchange = exchange;
        this.mounter = mounter;
        this.pulled = pulled;
    }

    /** Mounts the layers of {@code image} up to {@code chain}, which it has, over {@code target}. */
    void mount(PulledImage image, Digest chain, Path target) throws IOException, InterruptedException {
        Path file = directory.resolve(chain.hex());
        if (Files.notExists(file)) {
            List<Layer> layers = image.layers().subList(0, image.chains().indexOf(chain) + 1);
            LOG.info("{} layers of {} are put together: no device has just them", layers.size(), image.reference());
            // What a node cannot hold in memory has to be pulled as an image of its own.
            new ImageBuilder(LayerLimits.ofANode()).build(digest -> open(image, digest), layers, file);
        }
        mounter.mount(file, target);
    }

    private InputStream open(PulledImage image, Digest digest) throws IOException, InterruptedException {
        BlobSource source = new BlobSource(
                image.repository(), pulled.oldAuthorization(image.repository()).orElse(""));
        return BlobInput.open(exchange, digest, source, Priority.ON_DEMAND, NEXT_BYTE);
    }

    /**
     * Removes the files of the chains that are not {@code wanted}, by the hex of their chainIDs. Mounts keep theirs.
     */
    void removeBut(Predicate<String> wanted) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, Files::isRegularFile)) {
            for (Path file : files) {
                if (!wanted.test(file.getFileName().toString())) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
