package io.lighterage.supernode.trace;

import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.blockdev.image.DeviceMap.Extent;
import io.lighterage.blockdev.prefetch.InvalidTraceException;
import io.lighterage.blockdev.prefetch.MergedTrace;
import io.lighterage.blockdev.prefetch.Trace;
import io.lighterage.peer.content.BlobInfo;
import io.lighterage.peer.content.Digest;
import io.lighterage.peer.content.Repository;
import io.lighterage.peer.store.KeyValueTable;
import io.lighterage.peer.store.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The traces of all images, merged and durable.
 *
 * <p>An image without one is told what starts read of the data that it shares with others: of images in its own
 * repository, so that a trace follows an image to its next tag, and of images that everybody may read.
 *
 * <p>Its table has {@code image/DIGEST}: the repository where it was started last (length, 2 bytes; UTF-8) and a
 * {@link MergedTrace}; {@code blob/DIGEST}: the manifests of images that have the blob and a trace (32 bytes each), the
 * one started last first; and {@code images}: all manifests with a trace, the same way. Safe for use by several
 * threads.
 */
public final class TraceBook {
    private static final Logger LOG = LoggerFactory.getLogger(TraceBook.class);
    private static final String IMAGES = "images";

    /** Images whose traces are kept. */
    private static final int MOST_IMAGES = 1024;

    /** Images that are remembered for a blob, and that a trace is composed of. */
    private static final int MOST_SHARING = 8;

    private record Page(Repository repository, MergedTrace trace) {}

    /** Guarded by {@code this}, so that no two traces are merged into the same. */
    private final KeyValueTable table;

    private final LongAdder learned = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder given = new LongAdder();
    private final LongAdder composed = new LongAdder();
    private final LongAdder unknown = new LongAdder();

    public TraceBook(KeyValueTable table) {
        this.table = table;
    }

    /**
     * Merges a trace into what is known of its image.
     *
     * @param map the image's device
     * @param repository where it was read
     * @throws InvalidTraceException if the trace names a chunk that the device's data do not have
     */
    public void learn(DeviceMap map, Repository repository, Trace trace) throws InvalidTraceException, StoreException {
        check(map, trace);
        synchronized (this) {
            MergedTrace merged =
                    page(map.image()).map(Page::trace).orElse(MergedTrace.EMPTY).with(trace);
            put(map.image(), new Page(repository, merged));
            for (Extent extent : data(map)) {
                String key = "blob/" + extent.blob().digest();
                putDigests(key, first(map.image(), digests(key), MOST_SHARING));
            }
            List<Digest> images = first(map.image(), digests(IMAGES), MOST_IMAGES + 1);
            if (images.size() > MOST_IMAGES) {
                // Lists of blobs may go on naming it; it is not found then.
                table.remove(key(images.removeLast()));
            }
            putDigests(IMAGES, images);
        }
        learned.increment();
    }

    private static void check(DeviceMap map, Trace trace) throws InvalidTraceException {
        Map<Digest, BlobInfo> blobs = new HashMap<>();
        data(map).forEach(extent -> blobs.put(extent.blob().digest(), extent.blob()));
        for (Trace.Entry entry : trace.entries()) {
            BlobInfo blob = blobs.get(entry.blob());
            if (blob == null || entry.chunk() >= blob.chunkCount()) {
                throw new InvalidTraceException(
                        "image " + map.image() + " has no data in chunk " + entry.chunk() + " of " + entry.blob());
            }
        }
    }

    private static List<Extent> data(DeviceMap map) {
        return map.extents().subList(1, map.extents().size());
    }

    /**
     * What the next start of an image is likely to read.
     *
     * @param map the image's device
     * @param repository where it will be read
     * @param open tells repositories that everybody may read
     */
    public Optional<Trace> find(DeviceMap map, Repository repository, Predicate<Repository> open)
            throws StoreException {
        Trace trace;
        synchronized (this) {
            Optional<Page> own = page(map.image());
            trace = own.isPresent()
                    ? own.get().trace().plan()
                    : MergedTrace.compose(map, related(map, other -> other.equals(repository) || open.test(other)));
            (trace.entries().isEmpty() ? unknown : own.isPresent() ? given : composed).increment();
        }
        return Optional.of(trace).filter(found -> !found.entries().isEmpty());
    }

    private List<MergedTrace> related(DeviceMap map, Predicate<Repository> allowed) throws StoreException {
        List<Digest> images = new ArrayList<>();
        // The top of an image is what it shares with its own kind.
        for (Extent extent : data(map).reversed()) {
            for (Digest image : digests("blob/" + extent.blob().digest())) {
                if (images.size() < MOST_SHARING && !images.contains(image)) {
                    images.add(image);
                }
            }
        }
        List<MergedTrace> traces = new ArrayList<>();
        for (Digest image : images) {
            page(image).filter(page -> allowed.test(page.repository())).map(Page::trace).ifPresent(traces::add);
        }
        return traces;
    }

    /** A trace was not even one that could be {@linkplain #learn learned}, or could not. */
    public void refused() {
        refused.increment();
    }

    /** What became of traces. */
    public TraceStatistics statistics() {
        return new TraceStatistics(learned.sum(), refused.sum(), given.sum(), composed.sum(), unknown.sum());
    }

    private static String key(Digest image) {
        return "image/" + image;
    }

    private Optional<Page> page(Digest image) throws StoreException {
        Optional<byte[]> stored = table.get(key(image));
        if (stored.isEmpty()) {
            return Optional.empty();
        }
        try {
            ByteBuffer in = ByteBuffer.wrap(stored.get());
            byte[] name = new byte[Short.toUnsignedInt(in.getShort())];
            in.get(name);
            byte[] trace = new byte[in.remaining()];
            in.get(trace);
            String[] repository = new String(name, StandardCharsets.UTF_8).split(" ", 2);
            return Optional.of(new Page(new Repository(repository[0], repository[1]), MergedTrace.decode(trace)));
        } catch (InvalidTraceException | RuntimeException e) {
            LOG.warn("the trace of image {} cannot be read and begins anew: {}", image, e.toString());
            return Optional.empty();
        }
    }

    private void put(Digest image, Page page) throws StoreException {
        byte[] name = (page.repository.registry() + " " + page.repository.name()).getBytes(StandardCharsets.UTF_8);
        byte[] trace = page.trace.encode();
        table.put(key(image), ByteBuffer.allocate(Short.BYTES + name.length + trace.length)
                .putShort((short) name.length)
                .put(name)
                .put(trace)
                .array());
    }

    private static List<Digest> first(Digest image, List<Digest> others, int most) {
        List<Digest> all = new ArrayList<>(others);
        all.remove(image);
        all.addFirst(image);
        return all.size() > most ? new ArrayList<>(all.subList(0, most)) : all;
    }

    private List<Digest> digests(String key) throws StoreException {
        ByteBuffer in = ByteBuffer.wrap(table.get(key).orElse(new byte[0]));
        List<Digest> digests = new ArrayList<>();
        while (in.remaining() >= Digest.BYTES) {
            digests.add(Digest.read(in));
        }
        return digests;
    }

    private void putDigests(String key, List<Digest> digests) throws StoreException {
        ByteBuffer out = ByteBuffer.allocate(digests.size() * Digest.BYTES);
        digests.forEach(digest -> digest.write(out));
        table.put(key, out.array());
    }
}
