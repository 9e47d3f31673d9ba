package io.lighterage.supernode.convert;

import io.lighterage.blockdev.catalog.ConversionProgress;
import io.lighterage.blockdev.catalog.Platform;
import io.lighterage.blockdev.image.ErofsLimitException;
import io.lighterage.blockdev.image.LayerException;
import io.lighterage.blockdev.image.LayerLimits;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.ImageReference;
import io.lighterage.peer.exchange.BlobRefusedException;
import io.lighterage.peer.exchange.Doorkeeper;
import io.lighterage.peer.exchange.Exchange;
import io.lighterage.peer.grant.BlobLinks;
import io.lighterage.peer.store.BlobStore;
import io.lighterage.peer.store.StoreException;
import io.lighterage.supernode.upstream.RegistryClient;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.ObjLongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings images in and turns them into devices, each once however many ask.
 *
 * <p>Who asks begins the work and may wait for it; it goes on without those who wait. What is made are blobs: of each
 * layer its data and its entries, shared by all images that have the layer; of each image its metadata and the map of
 * all. A restart goes on with the layers that were not finished. A failure is told to all who ask for some time, then
 * tried anew.
 *
 * <p>Safe for use by several threads; calls block.
 */
public final class Conversions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Conversions.class);

    /** Images that are remembered with what became of them. */
    private static final int MOST_JOBS = 256;

    private final LayerConverter layers;
    private final ImageConverter images;
    private final ImageWork work;
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("image-", 0).factory());

    /** Least recently asked for first; guarded by itself, as {@link #closed}. */
    private final Map<Question, Job> jobs = new LinkedHashMap<>(16, 0.75f, true);

    private boolean closed;

    /**
     * @param exchange reads layers, from upstream if need be; closed after this
     * @param client asks for manifests; closed after this
     * @param door lets an image have only blobs that are where it is
     * @param links learns where devices belong
     * @param sizes is told the length of each layer before it is read
     * @param limits what a layer may cost at most; {@link LayerLimits#entryBytes} is for all layers of an image
     *     together too
     */
    public Conversions(
            BlobStore store,
            Exchange exchange,
            RegistryClient client,
            Doorkeeper door,
            BlobLinks links,
            ObjLongConsumer<Digest> sizes,
            LayerLimits limits) {
        this.layers = new LayerConverter(store, exchange, limits);
        this.images = new ImageConverter(store, limits.entryBytes());
        ImageResolver resolver = new ImageResolver(store, exchange, client, door, links);
        this.work = new ImageWork(exchange, sizes, resolver, layers, images, threads, store, door, links);
    }

    /** How the answer to a question stands. */
    public sealed interface Answer {
        /**
         * It is done.
         *
         * @param document the device map, see {@link io.lighterage.blockdev.image.DeviceMapDocument}; empty if no
         *     device was wanted
         */
        record Ready(byte[] document, ConversionProgress progress) implements Answer {}

        /** It is under way. */
        record Running(ConversionProgress progress) implements Answer {}
    }

    /**
     * Makes sure that the image comes in.
     *
     * @param lazy whether its device is wanted, or only its blobs
     * @param wait how long to wait for it, 0 for not at all
     * @param authorization the {@code Authorization} header of a client that upstream lets read the image; empty to
     *     read it by credentials of our own, if there are any
     * @throws ConversionException if it failed, now or a short while ago
     */
    public Answer ask(ImageReference image, Platform platform, boolean lazy, Duration wait, String authorization)
            throws ConversionException, InterruptedException {
        Job job = job(new Question(image, platform, lazy), authorization);
        try {
            byte[] document = job.done().get(wait.toNanos(), TimeUnit.NANOSECONDS);
            return new Answer.Ready(document, job.progress());
        } catch (TimeoutException e) {
            return new Answer.Running(job.progress());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ConversionException failure) {
                // A fresh exception for this thread; the other thread's stack stays its cause.
                throw new ConversionException(failure.status(), failure.getMessage(), failure);
            }
            throw new IllegalStateException("a conversion failed", e.getCause());
        }
    }

    /**
     * The device map of an image that was converted.
     *
     * @return the document, if all of the device is in the store
     */
    public Optional<byte[]> device(Digest manifest) throws IOException {
        return images.find(manifest);
    }

    /** How far the image is; nothing if nobody asked for it in a while. Begins nothing. */
    public Optional<ConversionProgress> progress(ImageReference image, Platform platform, boolean lazy) {
        synchronized (jobs) {
            return Optional.ofNullable(jobs.get(new Question(image, platform, lazy))).map(Job::progress);
        }
    }

    /** Images that are worked on, and what became of those that were asked for last. */
    public List<ConversionProgress> progress() {
        synchronized (jobs) {
            return jobs.values().stream().map(Job::progress).toList();
        }
    }

    private Job job(Question question, String authorization) throws ConversionException {
        synchronized (jobs) {
            if (closed) {
                throw new ConversionException(ConversionException.CLOSING, "the supernode is shutting down");
            }
            Job known = jobs.get(question);
            if (known != null && !known.isOver(System.nanoTime()) && !isRefusedToAnother(known, authorization)
                    && isStillTrue(known)) {
                return known;
            }
            Job job = new Job(question, authorization);
            jobs.put(question, job);
            forgetOldest();
            threads.execute(() -> run(job));
            return job;
        }
    }

    /** A refusal of one's credentials is nothing to another. */
    private static boolean isRefusedToAnother(Job job, String authorization) {
        return job.done().isCompletedExceptionally() && !job.authorization().equals(authorization);
    }

    /** Blobs of a device may have left the store since. */
    private boolean isStillTrue(Job job) {
        if (!job.question().lazy() || job.progress().state() != ConversionProgress.State.READY) {
            return true;
        }
        try {
            return images.find(job.manifest().orElseThrow()).isPresent();
        } catch (IOException e) {
            LOG.warn("{} is asked for anew", job.question(), e);
            return false;
        }
    }

    private void forgetOldest() {
        if (jobs.size() > MOST_JOBS) {
            jobs.values().stream()
                    .filter(job -> job.done().isDone())
                    .findFirst()
                    .ifPresent(job -> jobs.remove(job.question()));
        }
    }

    private void run(Job job) {
        long startNs = System.nanoTime();
        try {
            byte[] document = work.run(job);
            job.succeed(document, System.nanoTime());
            LOG.info("{} is ready after {} ms", job.question(), (System.nanoTime() - startNs) / 1_000_000);
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            ConversionException failure = failure(job.question(), e);
            if (failure.status() == ConversionException.FAULT) {
                LOG.error("{} failed", job.question(), e);
            } else {
                LOG.warn("{}", failure.getMessage());
            }
            job.fail(failure, System.nanoTime());
        }
    }

    private static ConversionException failure(Question question, Throwable why) {
        String text = question + ": " + (why.getMessage() == null ? why.toString() : why.getMessage());
        return switch (why) {
            case ConversionException known -> new ConversionException(known.status(), text, known);
            case BlobRefusedException refused
            when refused.refusal().status() < 500 ->
                new ConversionException(refused.refusal().status(), text, refused);
            case LayerException unfit -> new ConversionException(ConversionException.UNFIT, text, unfit);
            case ErofsLimitException unfit -> new ConversionException(ConversionException.UNFIT, text, unfit);
            case StoreException full
            when full.reason() == StoreException.Reason.DISK_FULL ->
                new ConversionException(ConversionException.NO_ROOM, text, full);
            case StoreException fault -> new ConversionException(ConversionException.FAULT, text, fault);
            case IOException upstream -> new ConversionException(ConversionException.UPSTREAM, text, upstream);
            case InterruptedException closing ->
                new ConversionException(
                        ConversionException.CLOSING, question + ": the supernode is shutting down", closing);
            default -> new ConversionException(ConversionException.FAULT, text, why);
        };
    }

    /** Gives up what is under way, keeping the layers that are finished. */
    @Override
    public void close() {
        synchronized (jobs) {
            closed = true;
        }
        Closing.stop(threads, "images");
        layers.close();
    }
}
