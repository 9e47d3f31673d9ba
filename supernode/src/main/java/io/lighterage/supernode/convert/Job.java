package io.lighterage.supernode.convert;

import io.lighterage.blockdev.catalog.ConversionProgress;
import io.lighterage.blockdev.catalog.ConversionProgress.State;
import io.lighterage.peer.content.Digest;
import io.lighterage.supernode.convert.ResolvedImage.ImageLayer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * One image being brought in or converted, or what became of it. Its own thread writes it, those of its layers write
 * their places in the arrays, and anybody reads it.
 */
final class Job {
    /** How long what a tag names is believed. */
    private static final long TAG_NS = TimeUnit.SECONDS.toNanos(60);

    /** An image that is at fault itself is at fault the next minute too. */
    private static final long UNFIT_NS = TimeUnit.MINUTES.toNanos(10);

    private static final long FAILURE_NS = TimeUnit.SECONDS.toNanos(15);

    private final Question question;

    /** The {@code Authorization} header of the client that asked first, or empty. */
    private final String authorization;

    /** Ends with the document of the device map (empty for a mere preheat), or with a {@link ConversionException}. */
    private final CompletableFuture<byte[]> done = new CompletableFuture<>();

    private volatile State state = State.RESOLVING;
    private volatile Parts parts;
    private volatile ConversionException failure;
    private volatile long endNs;

    /** The layers, and how far each is; null while they are not known. */
    private record Parts(ResolvedImage image, AtomicReferenceArray<AtomicLong> bytes, AtomicIntegerArray done) {}

    Job(Question question, String authorization) {
        this.question = question;
        this.authorization = authorization;
    }

    String authorization() {
        return authorization;
    }

    Question question() {
        return question;
    }

    CompletableFuture<byte[]> done() {
        return done;
    }

    /** Its layers are known and are worked on from now on. */
    void resolved(ResolvedImage image) {
        int count = image.layers().size();
        parts = new Parts(image, new AtomicReferenceArray<>(count), new AtomicIntegerArray(count));
        state = State.LAYERS;
    }

    /** The work on layer {@code index} begins; {@code bytes} counts what has been read of it. */
    void begun(int index, AtomicLong bytes) {
        parts.bytes.set(index, bytes);
    }

    /** Layer {@code index} is done. */
    void finished(int index) {
        parts.done.set(index, 1);
    }

    /** All layers are done. */
    void writesMetadata() {
        state = State.METADATA;
    }

    void succeed(byte[] document, long nowNs) {
        endNs = nowNs;
        state = State.READY;
        done.complete(document);
    }

    void fail(ConversionException why, long nowNs) {
        endNs = nowNs;
        failure = why;
        state = State.FAILED;
        done.completeExceptionally(why);
    }

    /** Whether the question is to be asked anew. */
    boolean isOver(long nowNs) {
        if (!done.isDone()) {
            return false;
        }
        long age = nowNs - endNs;
        ConversionException why = failure;
        if (why != null) {
            return age > (why.status() == ConversionException.UNFIT ? UNFIT_NS : FAILURE_NS);
        }
        return question.image().digest().isEmpty() && age > TAG_NS;
    }

    /** The manifest, once it is known. */
    Optional<Digest> manifest() {
        return Optional.ofNullable(parts).map(known -> known.image.manifest());
    }

    ConversionProgress progress() {
        State now = state;
        ConversionException why = failure;
        Parts known = parts;
        String error = why == null ? "" : why.getMessage();
        if (known == null) {
            return progress("", now, 0, 0, 0, 0, error);
        }
        List<ImageLayer> layers = known.image.layers();
        int finished = 0;
        long bytes = 0;
        for (int i = 0; i < layers.size(); i++) {
            AtomicLong read = known.bytes.get(i);
            if (known.done.get(i) == 1 || now == State.READY) {
                finished++;
                bytes += layers.get(i).size();
            } else if (read != null) {
                bytes += Math.min(read.get(), layers.get(i).size());
            }
        }
        String manifest = known.image.manifest().toString();
        return progress(manifest, now, layers.size(), finished, bytes, known.image.bytes(), error);
    }

    private ConversionProgress progress(
            String manifest, State now, int layers, int finished, long bytes, long total, String error) {
        return new ConversionProgress(
                question.image().toString(),
                question.platform().toString(),
                question.lazy(),
                manifest,
                now,
                layers,
                finished,
                bytes,
                total,
                error);
    }
}
