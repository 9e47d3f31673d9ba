package io.lighterage.blockdev.prefetch;

import io.lighterage.blockdev.image.DeviceMap;
import io.lighterage.peer.content.Digest;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is known of the starts of an image out of all its traces.
 *
 * <p>A chunk counts by how often it was read, older starts ever less, and stands where it stood on average. What few
 * starts read is remembered, in case that more will, but not {@linkplain #plan told}.
 *
 * @param version how many traces were merged
 * @param starts how many whole traces count, at most 16
 * @param chunks what was read, in order
 */
public record MergedTrace(long version, int starts, List<Chunk> chunks) {
    /** What is known of an image that was never started. */
    public static final MergedTrace EMPTY = new MergedTrace(0, 0, List.of());

    /** A chunk is told if at least this part of all starts read it. */
    private static final float OFTEN = 0.25f;

    /** A chunk that a smaller part of all starts read is forgotten. */
    private static final float SELDOM = 0.05f;

    private static final int MOST_STARTS = 16;
    private static final int MOST_CHUNKS = 2 * Trace.MOST_ENTRIES;

    /** How much the latest start counts for the place of a chunk at least. */
    private static final float LEAST_WEIGHT = 0.125f;

    private static final byte FORMAT = 1;

    /**
     * A chunk that was read after starts.
     *
     * @param seen how many of the starts that count read it
     * @param place its place in the order of reads, on average
     * @param millis when it was read, on average, in milliseconds after the begin
     */
    public record Chunk(Digest blob, int index, float seen, float place, float millis) {
        private Chunk again(float seenNow, int placeNow, int millisNow) {
            float weight = Math.max(LEAST_WEIGHT, 1 / seenNow);
            return new Chunk(
                    blob, index, seenNow, place + (placeNow - place) * weight, millis + (millisNow - millis) * weight);
        }

        private Chunk faded(float factor) {
            return new Chunk(blob, index, seen * factor, place, millis);
        }
    }

    private record Key(Digest blob, int index) {}

    public MergedTrace {
        chunks = List.copyOf(chunks);
    }

    /** The same with one trace more. */
    public MergedTrace with(Trace trace) {
        boolean full = trace.whole() && starts == MOST_STARTS;
        int nowStarts = trace.whole() && !full ? starts + 1 : starts;
        Map<Key, Chunk> known = new LinkedHashMap<>();
        for (Chunk chunk : chunks) {
            known.put(new Key(chunk.blob, chunk.index),
                    full ? chunk.faded((MOST_STARTS - 1f) / MOST_STARTS) : chunk);
        }
        int place = 0;
        for (Trace.Entry entry : trace.entries()) {
            Key key = new Key(entry.blob(), entry.chunk());
            Chunk before = known.get(key);
            known.put(key, before == null
                    ? new Chunk(entry.blob(), entry.chunk(), 1, place, entry.millis())
                    : before.again(Math.min(before.seen + 1, Math.max(1, nowStarts)), place, entry.millis()));
            place++;
        }
        float least = SELDOM * nowStarts;
        List<Chunk> kept = new ArrayList<>(known.values().stream().filter(chunk -> chunk.seen >= least).toList());
        if (kept.size() > MOST_CHUNKS) {
            kept.sort(Comparator.comparingDouble(chunk -> -chunk.seen));
            kept.subList(MOST_CHUNKS, kept.size()).clear();
        }
        kept.sort(Comparator.comparingDouble(Chunk::place));
        return new MergedTrace(version + 1, nowStarts, kept);
    }

    /** What the next start is likely to read, in the order in which it is likely to. */
    public Trace plan() {
        return plan(chunks.stream().filter(chunk -> chunk.seen >= OFTEN * starts).toList());
    }

    private static Trace plan(List<Chunk> chosen) {
        List<Trace.Entry> entries = new ArrayList<>();
        int millis = 0;
        for (Chunk chunk : chosen.subList(0, Math.min(chosen.size(), Trace.MOST_ENTRIES))) {
            millis = Math.max(millis, Math.min((int) chunk.millis, (int) Trace.LONGEST.toMillis()));
            entries.add(new Trace.Entry(chunk.blob, chunk.index, millis));
        }
        return new Trace(true, entries);
    }

    /**
     * What the first start of an image is likely to read, by the starts of others that share data with it.
     *
     * @param map the image's device
     * @param others what is known of images that have some of its blobs
     */
    public static Trace compose(DeviceMap map, List<MergedTrace> others) {
        DeviceChunks own = new DeviceChunks(map);
        Map<Digest, Integer> starts = new HashMap<>();
        Map<Key, Chunk> all = new LinkedHashMap<>();
        for (MergedTrace other : others) {
            Set<Digest> blobs = new HashSet<>();
            for (Chunk chunk : other.chunks) {
                if (own.contains(chunk.blob, chunk.index)) {
                    blobs.add(chunk.blob);
                    all.merge(new Key(chunk.blob, chunk.index), chunk, MergedTrace::both);
                }
            }
            blobs.forEach(blob -> starts.merge(blob, Math.max(1, other.starts), Integer::sum));
        }
        return plan(all.values().stream()
                .filter(chunk -> chunk.seen >= OFTEN * starts.get(chunk.blob))
                .sorted(Comparator.comparingDouble(Chunk::place))
                .toList());
    }

    private static Chunk both(Chunk one, Chunk other) {
        float seen = one.seen + other.seen;
        return new Chunk(
                one.blob,
                one.index,
                seen,
                (one.place * one.seen + other.place * other.seen) / seen,
                (one.millis * one.seen + other.millis * other.seen) / seen);
    }

    /**
     * As bytes: format (1), version (8), starts (4), number of blobs (4), digests (32 each), number of chunks (4), and
     * of each the number of its blob (4), index (4), seen, place, millis (4 each, IEEE 754); big-endian.
     */
    public byte[] encode() {
        Map<Digest, Integer> blobs = new LinkedHashMap<>();
        chunks.forEach(chunk -> blobs.putIfAbsent(chunk.blob, blobs.size()));
        ByteBuffer out = ByteBuffer.allocate(21 + blobs.size() * Digest.BYTES + chunks.size() * 20);
        out.put(FORMAT).putLong(version).putInt(starts).putInt(blobs.size());
        blobs.keySet().forEach(blob -> blob.write(out));
        out.putInt(chunks.size());
        for (Chunk chunk : chunks) {
            out.putInt(blobs.get(chunk.blob)).putInt(chunk.index);
            out.putFloat(chunk.seen).putFloat(chunk.place).putFloat(chunk.millis);
        }
        return out.array();
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @throws InvalidTraceException if it is anything else
     */
    public static MergedTrace decode(byte[] bytes) throws InvalidTraceException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            if (in.get() != FORMAT) {
                throw new InvalidTraceException("a merged trace of another format");
            }
            long version = in.getLong();
            int starts = in.getInt();
            List<Digest> blobs = new ArrayList<>();
            for (int left = bounded(in.getInt(), in.remaining() / Digest.BYTES); left > 0; left--) {
                blobs.add(Digest.read(in));
            }
            List<Chunk> chunks = new ArrayList<>();
            for (int left = bounded(in.getInt(), in.remaining() / 20); left > 0; left--) {
                Digest blob = blobs.get(bounded(in.getInt(), blobs.size() - 1));
                chunks.add(new Chunk(blob, in.getInt(), in.getFloat(), in.getFloat(), in.getFloat()));
            }
            return new MergedTrace(version, starts, chunks);
        } catch (BufferUnderflowException e) {
            throw new InvalidTraceException("a merged trace ends too early", e);
        }
    }

    private static int bounded(int number, int most) throws InvalidTraceException {
        if (number < 0 || number > most) {
            throw new InvalidTraceException("a merged trace has no number " + number + " there");
        }
        return number;
    }
}
