package io.lighterage.supernode.convert;

import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMapDocument;
import io.lighterage.blockdev.image.InvalidDeviceMapException;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Priority;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.exchange.BlobSlice;
import io.lighterage.peer.exchange.BlobSource;
import io.lighterage.peer.exchange.BlobStream;
import io.lighterage.peer.exchange.Doorkeeper;
import io.lighterage.peer.exchange.Exchange;
import io.lighterage.peer.grant.BlobLinks;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.supernode.convert.ResolvedImage.ImageLayer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ObjLongConsumer;

/** Does what a {@link Job} is about, on the thread that calls. */
final class ImageWork {
    private static final int BLOBS_AT_ONCE = 4;
    private static final int STEP = 1 << 20;
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    private final Exchange exchange;
    private final ObjLongConsumer<Digest> sizes;
    private final ImageResolver resolver;
    private final LayerConverter layers;
    private final ImageConverter images;
    private final ExecutorService threads;
    private final BlobStore store;
    private final Doorkeeper door;
    private final BlobLinks links;

    /**
     * @param sizes is told the length of each layer before it is read
     * @param threads virtual threads that read blobs
     * @param door lets an image have only layers that are where it is
     * @param links learns where devices belong
     */
    ImageWork(
            Exchange exchange,
            ObjLongConsumer<Digest> sizes,
            ImageResolver resolver,
            LayerConverter layers,
            ImageConverter images,
            ExecutorService threads,
            BlobStore store,
            Doorkeeper door,
            BlobLinks links) {
        this.store = store;
        this.door = door;
        this.links = links;
        this.exchange = exchange;
        this.sizes = sizes;
        this.resolver = resolver;
        this.layers = layers;
        this.images = images;
        this.threads = threads;
    }

    /** Begins the work on one layer. */
    @FunctionalInterface
    private interface Start {
        CompletableFuture<ConvertedLayer> start(int index, ImageLayer layer) throws IOException;
    }

    /** Answers the document of the device map, or an empty one where only blobs are wanted. */
    byte[] run(Job job) throws IOException, InterruptedException {
        Question question = job.question();
        ResolvedImage image = resolver.resolve(question.image(), question.platform(), job.authorization());
        job.resolved(image);
        if (question.lazy()) {
            for (ImageLayer layer : image.layers()) {
                boolean held = store.find(layer.digest()).isPresent() || layers.isConverted(layer.digest());
                door.admit(layer.digest(), image.source(), held);
            }
            Optional<byte[]> known = images.find(image.manifest());
            byte[] document = known.isPresent() ? known.get() : convert(job, image);
            for (ImageLayer layer : image.layers()) {
                // One that was not here before may have come by another's right, out of another repository.
                door.admit(layer.digest(), image.source(), true);
            }
            link(image.source().repository(), document);
            return document;
        }
        each(job, image, BLOBS_AT_ONCE, (index, layer) -> bringIn(job, index, layer, image.source()));
        return new byte[0];
    }

    /** A device is as private as the image that it is made of. */
    private void link(Repository repository, byte[] document) throws IOException {
        try {
            for (DeviceMap.Extent extent : DeviceMapDocument.parse(document).extents()) {
                links.add(repository, extent.blob().digest());
            }
        } catch (InvalidDeviceMapException e) {
            throw new IOException("the device map that was made cannot be read: " + e.getMessage(), e);
        }
    }

    private byte[] convert(Job job, ResolvedImage image) throws IOException, InterruptedException {
        List<ConvertedLayer> converted = each(job, image, LayerConverter.PARALLEL, (index, layer) -> {
            LayerConverter.Flight flight = layers.convert(layer, image.source());
            job.begun(index, flight.bytes());
            return flight.done();
        });
        job.writesMetadata();
        return images.convert(image, converted);
    }

    /** Does all layers, {@code parallel} at once and lowest first; begins none after the first failure. */
    private List<ConvertedLayer> each(Job job, ResolvedImage image, int parallel, Start start)
            throws IOException, InterruptedException {
        image.layers().forEach(layer -> sizes.accept(layer.digest(), layer.size()));
        Semaphore permits = new Semaphore(parallel);
        List<CompletableFuture<ConvertedLayer>> begun = new ArrayList<>();
        for (int i = 0; i < image.layers().size(); i++) {
            permits.acquire();
            if (begun.stream().anyMatch(CompletableFuture::isCompletedExceptionally)) {
                break;
            }
            int index = i;
            CompletableFuture<ConvertedLayer> layer = start.start(index, image.layers().get(index));
            layer.whenComplete((made, failure) -> {
                if (failure == null) {
                    job.finished(index);
                }
                permits.release();
            });
            begun.add(layer);
        }
        List<ConvertedLayer> made = new ArrayList<>();
        for (CompletableFuture<ConvertedLayer> layer : begun) {
            made.add(result(layer));
        }
        return made;
    }

    private static ConvertedLayer result(CompletableFuture<ConvertedLayer> layer)
            throws IOException, InterruptedException {
        try {
            return layer.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException failure -> throw failure;
                case InterruptedException failure -> throw failure;
                case null, default -> throw new IllegalStateException("a layer failed", e.getCause());
            }
        }
    }

    private CompletableFuture<ConvertedLayer> bringIn(Job job, int index, ImageLayer layer, BlobSource source) {
        AtomicLong bytes = new AtomicLong();
        job.begun(index, bytes);
        CompletableFuture<ConvertedLayer> done = new CompletableFuture<>();
        threads.execute(() -> {
            try {
                pass(layer.digest(), source, bytes);
                // Nothing is made of it.
                done.complete(null);
            } catch (IOException | InterruptedException | RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    /** Waits until all of the blob is here and verified: its last chunk comes only then. */
    private void pass(Digest digest, BlobSource source, AtomicLong bytes) throws IOException, InterruptedException {
        Optional<BlobSource> from = Optional.of(source);
        BlobInfo info = exchange.describe(digest, from, DEADLINE);
        try (BlobStream stream = exchange.stream(digest, info.all(), from, Priority.BACKGROUND)) {
            for (BlobSlice slice = stream.next(STEP, DEADLINE); slice != null; slice = stream.next(STEP, DEADLINE)) {
                bytes.addAndGet(slice.range().length());
                slice.close();
            }
        }
    }
}
